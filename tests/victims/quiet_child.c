/* quiet_child: forked children set a handler, or do nothing, and end by _exit; the parent goes on.
 */
#include "facts.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void handle(int number)
{
    (void)number;
}

int main(void)
{
    int ends[2];
    char byte = 'x';
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
    for (int i = 0; i < 4; i++) {
        pid_t child = must(fork(), "fork");
        if (child == 0) {
            if (i % 2)
                signal(SIGUSR1, handle);
            _exit(0);
        }
        must(waitpid(child, NULL, 0), "waitpid");
        must((int)send(ends[1], &byte, 1, 0), "send");
        must((int)recv(ends[0], &byte, 1, 0), "recv");
    }
    fact("gone on");
}
