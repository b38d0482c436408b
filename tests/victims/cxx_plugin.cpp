// cxx_plugin: a library in C++ that waits with exceptions in flight. It uses the language alone, no
// header of C++, so that it can be linked to any C++ runtime.
#include <cstdint>
#include <unistd.h>

extern "C" void *__cxa_get_globals() noexcept;

namespace
{
struct state {
    void *caught;
    unsigned uncaught;
};

state state_now()
{
    return *static_cast<state *>(__cxa_get_globals());
}

struct failure {
    int number;
};

void wait_for(int index)
{
    usleep(1000u * static_cast<unsigned>(1 + index * 7 % 10));
}

// Backs off in a handler, then gives up: the usual retry.
void back_off(int index)
{
    try {
        throw failure{index};
    } catch (const failure &) {
        wait_for(index);
        throw;
    }
}

struct slow_destructor {
    int index, *right;
    ~slow_destructor()
    {
        *right += state_now().uncaught == 1;
        wait_for(index);
        *right += state_now().uncaught == 1;
    }
};

int rethrow(int index)
{
    int right = 0;
    try {
        back_off(index);
    } catch (const failure &thrown) {
        wait_for(10 - index);
        right += thrown.number == index;
    }
    return right;
}

int unwind(int index)
{
    int right = 0;
    try {
        slow_destructor object{index, &right};
        throw failure{index};
    } catch (const failure &thrown) {
        right += thrown.number == index;
    }
    return right;
}

int nest(int index)
{
    int right = 0;
    try {
        throw failure{index};
    } catch (const failure &outer) {
        wait_for(index);
        right += rethrow(index);
        wait_for(10 - index);
        right += outer.number == index && state_now().caught != nullptr;
    }
    return right;
}
} // namespace

// A task's function: how much was right, of 9.
extern "C" void *plugin_run(void *item)
{
    int index = static_cast<int>(reinterpret_cast<std::intptr_t>(item));
    int right = rethrow(index) + unwind(index) + nest(index);
    state end = state_now();
    right += end.caught == nullptr && end.uncaught == 0;
    for (int i = 0; i < 2; i++)
        right += rethrow(index);
    return reinterpret_cast<void *>(static_cast<std::intptr_t>(right));
}
