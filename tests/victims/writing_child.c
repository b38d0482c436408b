/* writing_child: forks a child that writes so many bytes, one at a time. */
#include "facts.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int count, char **words)
{
    int status, writes = atoi(words[count - 1]);
    pid_t child = must(fork(), "fork");
    if (child == 0) {
        int fd = must(open("/dev/null", O_WRONLY), "open");
        for (int i = 0; i < writes; i++)
            if (write(fd, "x", 1) != 1)
                _exit(1);
        _exit(0);
    }
    must(waitpid(child, &status, 0), "waitpid");
    return WEXITSTATUS(status);
}
