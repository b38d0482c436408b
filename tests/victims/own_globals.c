/*
 * own_globals: a program that has a __cxa_get_globals of its own, since it has coroutines of its
 * own as well. What belongs to one of them is not touched when another one is there.
 */
#include "facts.h"

#include <greq/greq.h>
#include <string.h>
#include <unistd.h>

struct globals {
    void *caught;
    unsigned long uncaught;
};

static struct globals coroutines[2], *current = coroutines;

__attribute__((visibility("default"))) struct globals *__cxa_get_globals(void);

struct globals *__cxa_get_globals(void)
{
    return current;
}

/* How often the one that is not there was found as it was left. */
static int left_alone;

static void *wait_shortly(void *none)
{
    usleep(1000);
    left_alone += current == &coroutines[1] && coroutines[0].uncaught == 3;
    return none;
}

static void wait_beside(void)
{
    greq_task *task = greq_spawn(wait_shortly, NULL);
    usleep(1000);
    greq_join(task, NULL);
}

static void tell(const char *when)
{
    fact("%s: %s %lu", when, coroutines[0].caught == &coroutines ? "its own" : "something else",
         coroutines[0].uncaught);
}

int main(void)
{
    coroutines[0] = (struct globals){&coroutines, 3};
    wait_beside();
    tell("while it is there");
    current = &coroutines[1];
    wait_beside();
    tell("while another one is");
    coroutines[1].uncaught = 5;
    wait_beside();
    current = &coroutines[0];
    tell("when it is back");
    fact("left alone: %d", left_alone);
    fact("the other one: %lu", coroutines[1].uncaught);
}
