/* vfork_closes: a child of vfork closes and replaces descriptors, which are its own. */
#include "facts.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REPLACED = 20 };

static __attribute__((noinline)) pid_t close_in_child(const int ends[2])
{
    pid_t child = vfork();
    if (child == 0) {
        dup2(ends[0], REPLACED);
        close(ends[0]);
        close(ends[1]);
        _exit(3);
    }
    return child;
}

int main(void)
{
    int ends[2], status = 0;
    must(pipe(ends), "pipe");
    must(waitpid(close_in_child(ends), &status, 0), "waitpid");
    fact("the child's end: %d", WEXITSTATUS(status));
    fact("the second end is open: %d", fcntl(ends[1], F_GETFD) >= 0);
    must(close(ends[0]), "close");
}
