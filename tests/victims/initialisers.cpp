// initialisers: tasks come to one initialiser at once, which waits. It runs once, and all who come
// see its work; nobody waits for ever, and no runtime takes them for a recursion. Where somebody
// did, the tracker is named.
#include "facts.h"

#include <csetjmp>
#include <cstdint>
#include <greq/greq.h>
#include <mutex>
#include <pthread.h>
#include <stdexcept>
#include <threads.h>
#include <unistd.h>

namespace
{
const int tasks = 6;

int runs, value;
pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

void initialise()
{
    runs++;
    usleep(5000);
    value = 7;
}

// One of the waiting tasks has the lock that the initialiser wants.
void initialise_with_lock()
{
    runs++;
    pthread_mutex_lock(&mutex);
    value = 7;
    pthread_mutex_unlock(&mutex);
}

// BlueBrain/Brion#232, PaddlePaddle/Paddle#6681: after an exception nobody ever got in again.
void fail_first()
{
    runs++;
    usleep(2000);
    if (runs == 1)
        throw std::runtime_error("the first one fails");
    value = 7;
}

// ---- the ways to run something once ----

using way = void (*)(void (*work)());

void by_pthread_once(void (*work)())
{
    static pthread_once_t control = PTHREAD_ONCE_INIT;
    static void (*last)();
    if (last != work)
        control = PTHREAD_ONCE_INIT;
    last = work;
    pthread_once(&control, work);
}

void by_call_once(void (*work)())
{
    static once_flag flag = ONCE_FLAG_INIT;
    static void (*last)();
    if (last != work)
        flag = ONCE_FLAG_INIT;
    last = work;
    call_once(&flag, work);
}

void by_std_call_once(void (*work)())
{
    static std::once_flag plain, locked, failing;
    std::call_once(work == initialise ? plain : work == fail_first ? failing : locked, work);
}

// yyzybb537/libgo#213, blocksds/sdk#213: coroutines of one thread at one static variable.
int done_by(void (*work)())
{
    work();
    return 1;
}

void by_static(void (*work)())
{
    if (work == initialise) [[maybe_unused]]
        static int done = done_by(work);
    else if (work == fail_first) [[maybe_unused]]
        static int done = done_by(work);
    else [[maybe_unused]]
        static int done = done_by(work);
}

// ---- initialisers that need others: apache/nuttx#10752, mattias800/prosper#69 had one lock for
// all of them ----

pthread_once_t inner = PTHREAD_ONCE_INIT;

void *do_inner(void *none)
{
    pthread_once(&inner, initialise);
    return none;
}

void need_a_thread()
{
    pthread_t thread;
    pthread_create(&thread, nullptr, do_inner, nullptr);
    pthread_join(thread, nullptr);
    value += 100;
}

void need_another()
{
    do_inner(nullptr);
    value += 100;
}

void need_a_task()
{
    greq_join(greq_spawn(do_inner, nullptr), nullptr);
    value += 100;
}

// ---- the tasks ----

way how;
void (*what)();

void *come(void *item)
{
    bool has_lock = what == initialise_with_lock && !item;
    int failed = 0;
    if (has_lock) {
        pthread_mutex_lock(&mutex);
        usleep(5000);
        pthread_mutex_unlock(&mutex);
    }
    try {
        how(what);
    } catch (const std::runtime_error &) {
        failed = 100;
    }
    return reinterpret_cast<void *>(static_cast<std::intptr_t>(value + failed));
}

void tell(const char *name, way by, const char *work_name, void (*work)())
{
    void *items[tasks], *results[tasks];
    int sum = 0;
    for (int i = 0; i < tasks; i++)
        items[i] = reinterpret_cast<void *>(static_cast<std::intptr_t>(i));
    how = by;
    what = work;
    runs = value = 0;
    greq_map(come, items, results, tasks, 0);
    for (void *result : results)
        sum += static_cast<int>(reinterpret_cast<std::intptr_t>(result));
    fact("%s, %s: ran %d, all got %d", name, work_name, runs, sum);
}

// ---- an initialiser that is left in another way ----

sigjmp_buf out;

void jump_out()
{
    siglongjmp(out, 1);
}

__attribute__((noinline)) void leave_by_jump()
{
    static pthread_once_t control = PTHREAD_ONCE_INIT;
    if (sigsetjmp(out, 1) == 0)
        pthread_once(&control, jump_out);
}

__attribute__((noinline)) void leave_by_exception()
{
    static pthread_once_t control = PTHREAD_ONCE_INIT;
    runs = 0;
    try {
        pthread_once(&control, fail_first);
    } catch (const std::runtime_error &) {
        runs = 1;
    }
}

bool another_ran;

void *run_meanwhile(void *none)
{
    another_ran = true;
    return none;
}

// More than are told apart at once.
const int many = 40;

void fail()
{
    throw std::runtime_error("it fails");
}

void *leave_many(void *none)
{
    static std::once_flag flags[many];
    for (auto &flag : flags)
        try {
            std::call_once(flag, fail);
        } catch (const std::runtime_error &) {
        }
    return none;
}

void by_another_flag(void (*work)())
{
    static std::once_flag flag;
    std::call_once(flag, work);
}

// Whether other tasks run while this one waits, from a deeper frame than that of the initialiser.
__attribute__((noinline)) void wait_deeper(const char *when, int depth)
{
    char room[512];
    __asm__ volatile("" ::"r"(room) : "memory"); // a frame of some size
    if (depth) {
        wait_deeper(when, depth - 1);
        __asm__ volatile("" ::"r"(room) : "memory");
        return;
    }
    another_ran = false;
    greq_task *task = greq_spawn(run_meanwhile, nullptr);
    usleep(1000);
    fact("%s: others run %d", when, another_ran);
    greq_join(task, nullptr);
}

// A task leaves an initialiser and goes on.
template <void (*leave)()> void *leave_and_wait(void *when)
{
    leave();
    wait_deeper(static_cast<const char *>(when), 4);
    return nullptr;
}

void tell_left(const char *when, void *(*task)(void *))
{
    greq_join(greq_spawn(task, const_cast<char *>(when)), nullptr);
    fact("%s: went on", when);
}
} // namespace

int main()
{
    static const struct {
        const char *name;
        way by;
    } ways[] = {{"pthread_once", by_pthread_once},
                {"call_once", by_call_once},
                {"std::call_once", by_std_call_once},
                {"static variable", by_static}};
    for (const auto &each : ways) {
        tell(each.name, each.by, "waits", initialise);
        tell(each.name, each.by, "takes a lock", initialise_with_lock);
        if (each.by != by_call_once)
            tell(each.name, each.by, "fails first", fail_first);
    }
    static const struct {
        const char *name;
        void (*work)();
    } needing[] = {{"needs a thread", need_a_thread},
                   {"needs another", need_another},
                   {"needs a task", need_a_task}};
    for (const auto &each : needing) {
        inner = PTHREAD_ONCE_INIT;
        tell("pthread_once", by_pthread_once, each.name, each.work);
    }
    greq_join(greq_spawn(leave_many, nullptr), nullptr);
    tell("after many that failed", by_another_flag, "takes a lock", initialise_with_lock);
    tell_left("jump", leave_and_wait<leave_by_jump>);
    tell_left("exception", leave_and_wait<leave_by_exception>);
}
