/* api_join: joins that only overlapping tasks can get wrong, and the turns that tasks take. */
#include "facts.h"

#include <errno.h>
#include <greq/greq.h>
#include <stdint.h>
#include <unistd.h>

static greq_task *self, *target;

static void *join_self(void *none)
{
    (void)none;
    return (void *)(intptr_t)greq_join(self, NULL);
}

static void *wait_long(void *none)
{
    usleep(50000);
    return none;
}

static void *join_target(void *none)
{
    (void)none;
    return (void *)(intptr_t)greq_join(target, NULL);
}

static void *join_by_two(void)
{
    void *first, *second;
    target = greq_spawn(wait_long, NULL);
    greq_task *one = greq_spawn(join_target, NULL), *two = greq_spawn(join_target, NULL);
    greq_join(one, &first);
    greq_join(two, &second);
    fact("two join one: %s %s", error_name((int)(intptr_t)first),
         error_name((int)(intptr_t)second));
    return NULL;
}

static char turns[16];
static int turn;

static void *take_turns(void *letter)
{
    for (int i = 0; i < 3; i++) {
        turns[turn++] = (char)(intptr_t)letter;
        greq_yield();
    }
    return NULL;
}

int main(void)
{
    void *result;
    self = greq_spawn(join_self, NULL);
    greq_join(self, &result);
    fact("join oneself: %s", error_name((int)(intptr_t)result));
    join_by_two();

    greq_task *a = greq_spawn(take_turns, (void *)'a'), *b = greq_spawn(take_turns, (void *)'b');
    fact("before the first wait: '%s'", turns);
    greq_join(a, NULL);
    greq_join(b, NULL);
    fact("turns: %s", turns);
}
