/* close_wakes: a task whose descriptor another task closes is woken with EBADF. Needs tasks that
 * overlap: a thread that sleeps in the kernel would sleep on. */
#include "facts.h"
#include "peer_client.h"

#include <errno.h>
#include <greq/greq.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

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
    fact("close %s", outcome(close(fd)));
    greq_join(task, &what);
    fact("%s: %s, at once %d", call, (const char *)what, took(start, 0));
}

int main(void)
{
    int port, ends[2];
    must(pipe(ends), "pipe");
    tell("recv", by_recv, peer_open("wait 60000"));
    tell("read", by_read, ends[0]);
    tell("accept", by_accept, listen_loopback(&port, 4));
    tell("send", by_send, peer_open("wait 60000"));
}
