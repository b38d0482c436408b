/* slow_constructor: a library whose constructor waits before it has done its work. */
#include <unistd.h>

static int value;

__attribute__((constructor)) static void construct(void)
{
    usleep(5000);
    value = 7;
}

int constructed_value(void)
{
    return value;
}
