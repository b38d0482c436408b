/* A library that defines a function of libc's name. */
#include <unistd.h>

int pause(void)
{
    return 7;
}
