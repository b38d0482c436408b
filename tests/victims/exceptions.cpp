// exceptions: C++ exceptions in flight while their tasks are switched. The runtime counts them per
// thread; tasks that interleave must not see each other's. The scenes stand for runtimes of
// coroutines that came to grief with it; their trackers are named.
#include "facts.h"
#include "must_tasks.h"

#include <cstdint>
#include <cxxabi.h>
#include <exception>
#include <greq/greq.h>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace
{
const int tasks = 10;

int number_of(void *item)
{
    return static_cast<int>(reinterpret_cast<std::intptr_t>(item));
}

void *pointer_to(int number)
{
    return reinterpret_cast<void *>(static_cast<std::intptr_t>(number));
}

void wait_for(int index)
{
    usleep(1000u * static_cast<unsigned>(1 + index * 7 % 10));
}

// Waits in a handler, and throws on from it: rethinkdb/rethinkdb#153.
void *wait_in_handler(void *item)
{
    int index = number_of(item), right = 0;
    try {
        try {
            throw std::runtime_error(std::to_string(index));
        } catch (const std::exception &) {
            wait_for(index);
            right += std::current_exception() != nullptr;
            throw;
        }
    } catch (const std::runtime_error &error) {
        wait_for(tasks - index);
        right += error.what() == std::to_string(index);
    }
    right += std::current_exception() == nullptr;
    return pointer_to(right);
}

struct slow_destructor {
    int index;
    int *right;
    int in_flight = 1;
    ~slow_destructor()
    {
        *right += std::uncaught_exceptions() == in_flight;
        wait_for(index);
        *right += std::uncaught_exceptions() == in_flight;
    }
};

// Waits while the stack is unwound: uxlfoundation/oneTBB#1293.
void *wait_while_unwinding(void *item)
{
    int index = number_of(item), right = std::uncaught_exceptions() == 0;
    try {
        slow_destructor object{index, &right};
        throw index;
    } catch (int thrown) {
        right += thrown == index;
    }
    right += std::uncaught_exceptions() == 0;
    return pointer_to(right);
}

// A handler inside a handler, waits between.
void *wait_nested(void *item)
{
    int index = number_of(item), right = 0;
    try {
        throw index;
    } catch (int outer) {
        wait_for(index);
        try {
            throw std::to_string(index);
        } catch (const std::string &inner) {
            wait_for(tasks - index);
            right += inner == std::to_string(index);
        }
        wait_for(index);
        right += outer == index && std::current_exception() != nullptr;
    }
    return pointer_to(right);
}

// ---- ClickHouse/silk#98: an exception was freed by another fiber's handler, or never ----

struct counted {
    int *dead;
    explicit counted(int *counter) : dead(counter) {}
    counted(const counted &) = delete;
    ~counted()
    {
        ++*dead;
    }
};

void *wait_with_one_that_counts(void *item)
{
    int index = number_of(item), right = 0, dead = 0;
    for (int round = 0; round < 3; round++) {
        try {
            throw counted(&dead);
        } catch (const counted &) {
            wait_for(index + round);
            right += dead == round;
        }
        right += dead == round + 1;
        wait_for(tasks - index);
    }
    return pointer_to(right);
}

// ---- boostorg/context#302, boostorg/coroutine2#33: one that is begun in a handler, or while the
// stack is unwound, begins without an exception; whoever began it can still throw ----

void *begin_without(void *item)
{
    int index = number_of(item), before = std::uncaught_exceptions();
    int right = !greq_active() || (before == 0 && !std::current_exception());
    try {
        wait_for(index);
        throw index;
    } catch (int thrown) {
        wait_for(tasks - index);
        right += thrown == index;
    }
    return pointer_to(right + (std::uncaught_exceptions() == before));
}

struct begins_one {
    int index;
    greq_task **task;
    ~begins_one()
    {
        *task = must_spawn(begin_without, pointer_to(index));
        wait_for(index);
    }
};

int joined(greq_task *task)
{
    void *right = nullptr;
    greq_join(task, &right);
    return number_of(right);
}

void *begin_others(void *item)
{
    int index = number_of(item), right = 0;
    greq_task *first = nullptr, *second = nullptr;
    try {
        begins_one object{index, &first};
        throw index;
    } catch (int thrown) {
        right += thrown == index;
        second = must_spawn(begin_without, pointer_to(index));
        wait_for(index);
    }
    try {
        throw std::to_string(index);
    } catch (const std::string &thrown) {
        right += thrown == std::to_string(index) && std::uncaught_exceptions() == 0;
        right += joined(second);
    }
    return pointer_to(right + joined(first));
}

// ---- ldc-developers/ldc#1114: code that is run on leaving throws itself, and waits on leaving
// ----

struct throws_inside {
    int index;
    int *right;
    ~throws_inside()
    {
        try {
            slow_destructor inner{index, right, 2};
            throw std::to_string(index);
        } catch (const std::string &thrown) {
            wait_for(tasks - index);
            *right += thrown == std::to_string(index) && std::uncaught_exceptions() == 1;
        }
    }
};

void *throw_while_unwinding(void *item)
{
    int index = number_of(item), right = 0, one_more = 0;
    try {
        throws_inside outer{index, &right};
        slow_destructor first{index, &one_more};
        throw index;
    } catch (int thrown) {
        right += thrown == index && one_more == 2;
    }
    return pointer_to(right);
}

// ---- userver-framework/userver#1247, boostorg/context#281: coroutines that keep the runtime's two
// words themselves, as Boost.Context does since 1.88 ----

struct runtime_words {
    void *caught;
    unsigned int uncaught;
};

class put_aside
{
    runtime_words kept;

  public:
    put_aside() : kept(words())
    {
        words() = {nullptr, 0};
    }
    ~put_aside()
    {
        words() = kept;
    }
    static runtime_words &words()
    {
        return *reinterpret_cast<runtime_words *>(abi::__cxa_get_globals());
    }
};

void *wait_with_words_put_aside(void *item)
{
    int index = number_of(item), right = 0;
    try {
        throw index;
    } catch (int outer) {
        {
            put_aside words;
            wait_for(index);
            right += number_of(wait_in_handler(item));
            wait_for(tasks - index);
            right += std::uncaught_exceptions() == 0 && !std::current_exception();
        }
        right += outer == index && std::current_exception() != nullptr;
    }
    return pointer_to(right + (std::current_exception() == nullptr));
}

void tell(const char *what, void *(*fn)(void *))
{
    void *items[tasks], *results[tasks];
    for (int i = 0; i < tasks; i++)
        items[i] = pointer_to(i);
    must_map(fn, items, results, tasks, 0);
    for (int i = 0; i < tasks; i++)
        fact("%s %d: %d", what, i, number_of(results[i]));
}
} // namespace

int main()
{
    tell("in a handler", wait_in_handler);
    tell("while unwinding", wait_while_unwinding);
    tell("nested", wait_nested);
    tell("counted", wait_with_one_that_counts);
    tell("beginning others", begin_others);
    tell("throwing while unwinding", throw_while_unwinding);
    tell("put aside", wait_with_words_put_aside);
}
