# Who waits for the interpreter's lock, and who for something else, as Ruby does it: by a condition, too.
# Usage: interpreter.rb lock|others|children
#
#     lock      two threads compute, by their own clocks of the CPU, and so wait for the lock in turn
#     others    one computes, and all others wait for something else
#     children  the same with threads that wait for a child. Ruby lets one of them watch for signals, and may wake another
#               one to take over: that one waits for the lock as well

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

def await_sleep(threads)
  Thread.pass until threads.all? { |thread| thread.status == "sleep" }
end

def compute(used)
  nil while cpu - used < COMPUTE_S
end

# Counted from when both may begin, and to when a thread has read all clocks: to read a file lets the lock go. Nobody else
# wants it meanwhile.
def wait_for_lock
  begun, waits, gate, done = nil, [], Queue.new, Queue.new
  work = lambda do |before, used|
    compute(used)
    in_queue = queued - before
    waits << now - begun - (cpu - used) - in_queue
    done << nil if waits.size == 2
  end
  first = Thread.new do
    before, used = queued, cpu
    gate.pop
    work.call(before, used)
  end
  Thread.new do
    await_sleep([first, Thread.main])
    before, used, begun = queued, cpu, now
    gate << nil
    work.call(before, used)
  end
  done.pop
  waits.sum
end

def wait_for_others
  mutex, held, queue, conditions = Mutex.new, Mutex.new, Queue.new, Array.new(2) { ConditionVariable.new }
  held.lock
  others = [
    Thread.new { queue.pop },
    Thread.new { sleep },
    Thread.new { sleep 60 },
    Thread.new { held.synchronize {} },
    Thread.new { mutex.synchronize { conditions[0].wait(mutex) } },
    Thread.new { mutex.synchronize { conditions[1].wait(mutex, 60) } }
  ]
  others << Thread.new { others[0].join }
  Thread.new {}.join # Ruby keeps it for a while, in case that another one is to begin
  await_sleep(others)
  compute(cpu)
  queue << nil
  others.values_at(1, 2).each(&:wakeup)
  held.unlock
  mutex.synchronize { conditions.each(&:signal) }
  others.each(&:join)
  0
end

def wait_for_children
  children = Array.new(4) { Process.spawn("sleep", "60") }
  waiting = children.map { |child| Thread.new { Process.wait(child) } }
  await_sleep(waiting)
  compute(cpu)
  children.each { |child| Process.kill("TERM", child) }
  waiting.each(&:join)
  0
end

waited = { "lock" => method(:wait_for_lock), "others" => method(:wait_for_others),
           "children" => method(:wait_for_children) }.fetch(ARGV[0]).call
puts format("~waited %.4f", waited)
