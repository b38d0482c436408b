/* unversioned: a library that was linked without libc waits for a condition that it has made. */
#include "facts.h"
#include "unversioned_library.h"

int main(void)
{
    fact("data %d", unversioned_data());
    fact("elsewhere %d", unversioned_elsewhere());
    fact("timedwait %d", unversioned_wait());
    fact("signalled %d", unversioned_meet());
}
