# Two threads compute 0.2 s each, by their own clocks of the CPU, and so wait for the interpreter's lock. Others wait
# for something else meanwhile, as Ruby does it: by a condition, like those. Usage: interpreter.rb

COMPUTE_S = 0.2

def cpu
  Process.clock_gettime(Process::CLOCK_THREAD_CPUTIME_ID)
end

def now
  Process.clock_gettime(Process::CLOCK_MONOTONIC)
end

# What this thread has waited for a processor; 0 where the kernel does not count it.
def queued
  File.read("/proc/thread-self/schedstat").split[1].to_i / 1e9
rescue SystemCallError
  0
end

def compute
  before, begun, used = queued, now, cpu
  nil while cpu - used < COMPUTE_S
  now - begun - (cpu - used) - (queued - before)
end

mutex, held, queue, conditions = Mutex.new, Mutex.new, Queue.new, 2.times.map { ConditionVariable.new }
held.lock
children = 2.times.map { Process.spawn("sleep", "60") }
others = [
  Thread.new { queue.pop },
  Thread.new { sleep },
  Thread.new { sleep 60 },
  Thread.new { held.synchronize {} },
  Thread.new { mutex.synchronize { conditions[0].wait(mutex) } },
  Thread.new { mutex.synchronize { conditions[1].wait(mutex, 60) } },
  *children.map { |child| Thread.new { Process.wait(child) } },
]
others << Thread.new { others[0].join }
Thread.new {}.join # Ruby keeps it for a while, in case that another one is to begin
sleep 0.01 until others.all? { |thread| thread.status == "sleep" }

waited = 2.times.map { Thread.new { compute } }.sum(&:value)

queue << nil
others.values_at(1, 2).each(&:wakeup)
held.unlock
mutex.synchronize { conditions.each(&:signal) }
children.each { |child| Process.kill("TERM", child) }
others.each(&:join)
puts format("~waited %.4f", waited)
