#include "counted_vfork.h"

#include <unistd.h>

unsigned counted_vforks;

/* A function of C cannot be left twice on one stack, so the child gets a copy. */
pid_t vfork(void)
{
    counted_vforks++;
    return fork();
}
