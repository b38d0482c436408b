/* close_wakes close|syscall|syscall_range: a task whose descriptor another task closes is woken
 * with EBADF, and who closes all that is there closes nothing of the shim's. Needs tasks that
 * overlap: a thread that sleeps in the kernel would sleep on. */
#include "facts.h"
#include "peer_client.h"

#include <errno.h>
#include <fcntl.h>
#include <greq/greq.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int by_syscall(int fd)
{
    return (int)syscall(SYS_close, fd);
}

static int by_syscall_range(int fd)
{
    return (int)syscall(SYS_close_range, fd, fd, 0);
}

static int (*close_it)(int fd) = close;

static char much[16 << 20];

static void *by_recv(void *item)
{
    return (void *)outcome(recv((int)(intptr_t)item, much, 1, 0));
}

static void *by_read(void *item)
{
    return (void *)outcome(read((int)(intptr_t)item, much, 1));
}

static void *by_accept(void *item)
{
    return (void *)outcome(accept((int)(intptr_t)item, NULL, NULL));
}

static void *by_send(void *item)
{
    ssize_t sent = send((int)(intptr_t)item, much, sizeof much, 0);
    return (void *)(sent > 0 && sent < (ssize_t)sizeof much ? "some" : outcome(sent));
}

static void tell(const char *call, void *(*wait)(void *), int fd)
{
    void *what;
    greq_task *task = greq_spawn(wait, (void *)(intptr_t)fd);
    usleep(20000);
    struct start start = start_now();
    fact("close %s", outcome(close_it(fd)));
    greq_join(task, &what);
    fact("%s: %s, at once %d", call, (const char *)what, took(start, 0));
}

/* Those of the shim are above, and a program does not know them. */
static void close_all(void)
{
    struct rlimit limit;
    int kept = 0;
    getrlimit(RLIMIT_NOFILE, &limit);
    for (int fd = STDERR_FILENO + 1; fd < (int)limit.rlim_cur; fd++)
        close_it(fd);
    for (int fd = STDERR_FILENO + 1; fd < (int)limit.rlim_cur; fd++)
        kept += fcntl(fd, F_GETFD) >= 0;
    fact("the shim has some %d", kept > 0);
}

int main(int argc, char **argv)
{
    int port, ends[2];
    if (argc > 1 && strcmp(argv[1], "close") != 0)
        close_it = strcmp(argv[1], "syscall") == 0 ? by_syscall : by_syscall_range;
    must(pipe(ends), "pipe");
    tell("recv", by_recv, peer_open("wait 60000"));
    tell("read", by_read, ends[0]);
    tell("accept", by_accept, listen_loopback(&port, 4));
    tell("send", by_send, peer_open("wait 60000"));
    close_all();
}
