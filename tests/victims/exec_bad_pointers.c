/* exec_bad_pointers: a program's name or environment that cannot be read. The kernel says EFAULT.
 */
#include "facts.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

extern char **environ;

enum { PAGE = 4096 };

static char *const arguments[] = {"true", NULL};
static char nowhere[PAGE] __attribute__((aligned(PAGE)));
static char own[1024]; /* with it a look at the program is worth while */

/* Its last bytes, behind which nothing can be read. */
static char *end_of_memory(const char *bytes, size_t size)
{
    char *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(pages + PAGE, PAGE);
    return memcpy(pages + PAGE - size, bytes, size);
}

static void tell(const char *what, int result)
{
    fact("%s: %s", what, result < 0 ? error_name(errno) : "no error");
}

static void bad_environments(void)
{
    static char *last[1];
    last[0] = own;
    char *bad_text[] = {own, nowhere, NULL};
    char *unended[] = {own, end_of_memory("LD_PRE", 6), NULL};
    char **unended_list = (char **)end_of_memory((char *)last, sizeof last);
    tell("list", execve("/bin/true", arguments, (char **)nowhere));
    tell("list without an end", execve("/bin/true", arguments, unended_list));
    tell("variable", execve("/bin/true", arguments, bad_text));
    tell("variable without an end", execve("/bin/true", arguments, unended));
    int fd = open("/bin/true", O_RDONLY | O_CLOEXEC);
    tell("by descriptor", fexecve(fd, arguments, bad_text));
    close(fd);
    pid_t child;
    errno = posix_spawn(&child, "/bin/true", NULL, NULL, arguments, bad_text);
    tell("posix_spawn", errno ? -1 : 0);
    char **before = environ;
    environ = bad_text;
    tell("execv", execv("/bin/true", arguments));
    environ = before;
}

int main(void)
{
    const char *preload = getenv("LD_PRELOAD");
    snprintf(own, sizeof own, "LD_PRELOAD=%s", preload ? preload : "");
    char *environment[] = {own, NULL};
    mprotect(nowhere, PAGE, PROT_NONE);
    bad_environments();
    tell("name", execve(nowhere, arguments, environment));
    tell("name without an end", execve(end_of_memory("/bin/true", 9), arguments, environment));
}
