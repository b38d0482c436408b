/* slow_constructor: a library whose constructor waits before it has done its work, and then calls
 * the program. */
#include <unistd.h>

void while_constructing(void); /* the program's */

static int value;

__attribute__((constructor)) static void construct(void)
{
    usleep(5000);
    while_constructing();
    value = 7;
}

int constructed_value(void)
{
    return value;
}
