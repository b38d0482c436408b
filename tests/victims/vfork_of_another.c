/* vfork_of_another: where another library has a vfork of its own, that is the one that is called.
 */
#include "counted_vfork.h"
#include "facts.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STATUS = 3 };

int main(void)
{
    int status = 0;
    pid_t child = vfork();
    if (child == 0)
        _exit(STATUS);
    if (child < 0 || waitpid(child, &status, 0) != child)
        return EXIT_FAILURE;
    fact("ended with %d, counted %u", WEXITSTATUS(status), counted_vforks);
    return EXIT_SUCCESS;
}
