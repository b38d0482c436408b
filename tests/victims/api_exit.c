/* api_exit: exit() in a task ends the program, with its handlers, although other tasks wait. */
#include "facts.h"

#include <greq/greq.h>
#include <stdlib.h>
#include <unistd.h>

static void at_exit(void)
{
    fact("exit handlers run");
    usleep(1000); /* a handler may wait */
    fact("and wait");
}

static void *leave(void *none)
{
    usleep(10000);
    fact("a task exits");
    exit(7);
    return none;
}

static void *wait_shortly(void *none)
{
    usleep(5000);
    return none;
}

int main(void)
{
    atexit(at_exit);
    greq_spawn(wait_shortly, NULL);
    greq_join(greq_spawn(leave, NULL), NULL);
    fact("not reached");
}
