/* broken_pipe: writing to who has gone raises SIGPIPE and says EPIPE, unless asked not to. */
#include "company.h"
#include "facts.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static volatile sig_atomic_t signals;

static void count(int number)
{
    (void)number;
    signals++;
}

static void tell(const char *call, ssize_t result)
{
    const char *what = outcome(result);
    fact("%s %s, signals %d", call, what, (int)signals);
}

static void to_socket(void)
{
    int ends[2];
    struct iovec part = {"x", 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
    close(ends[1]);
    tell("send", send(ends[0], "x", 1, 0));
    tell("send quietly", send(ends[0], "x", 1, MSG_NOSIGNAL));
    tell("sendmsg", sendmsg(ends[0], &message, 0));
    tell("write", write(ends[0], "x", 1));
    tell("writev", writev(ends[0], &part, 1));
    close(ends[0]);
}

static void to_pipe(void)
{
    int ends[2];
    must(pipe(ends), "pipe");
    close(ends[0]);
    tell("write to a pipe", write(ends[1], "x", 1));
    close(ends[1]);
}

static void scene(void)
{
    signals = 0;
    signal(SIGPIPE, count);
    to_socket();
    to_pipe();
    signal(SIGPIPE, SIG_IGN);
    to_pipe();
}

int main(int argc, char **argv)
{
    play(scene);
    if (argc > 1 && strcmp(argv[1], "die") == 0) {
        signal(SIGPIPE, SIG_DFL);
        to_pipe();
    }
}
