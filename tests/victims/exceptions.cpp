// exceptions: C++ exceptions in flight while their tasks are switched. The runtime counts them per
// thread; tasks that interleave must not see each other's.
#include "facts.h"
#include "must_tasks.h"

#include <cstdint>
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

// Waits in a handler, and throws on from it.
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
    ~slow_destructor()
    {
        *right += std::uncaught_exceptions() == 1;
        wait_for(index);
        *right += std::uncaught_exceptions() == 1;
    }
};

// Waits while the stack is unwound.
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
}
