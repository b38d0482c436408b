/* Connects to an address that does not answer, gives it up, and asks the server. Usage:
 * dead_address [late]: or one that answers late. */
#include "client.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PATIENCE_MS = 300, QUEUE = 8 };

static bool done;
static struct sockaddr_in address;

static int try_to_connect(void)
{
    int fd = must(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket");
    connect(fd, (struct sockaddr *)&address, sizeof address);
    return fd;
}

/* A listener whose queue is full drops what comes. What fills it is not to be seen. */
static int listen_full(void)
{
    int listener = truth_listen_at(&address, 0);
    for (int i = 0; i < QUEUE; i++) {
        int fd = must(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket");
        syscall(SYS_connect, fd, &address, sizeof address);
    }
    return listener;
}

static void *take_all(void *listener)
{
    usleep(PATIENCE_MS * 1000);
    while (!__atomic_load_n(&done, __ATOMIC_RELAXED)) {
        syscall(SYS_accept4, *(int *)listener, NULL, NULL, SOCK_NONBLOCK);
        usleep(1000);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t thread;
    bool late = argc > 1 && !strcmp(argv[1], "late");
    int listener = listen_full();
    must(fcntl(listener, F_SETFL, O_NONBLOCK), "fcntl");
    if (late)
        must(-pthread_create(&thread, NULL, take_all, &listener), "pthread_create");
    struct pollfd fd = {.fd = try_to_connect(), .events = POLLOUT};
    fact("ready %d", poll(&fd, 1, late ? 5000 : PATIENCE_MS));
    close(fd.fd);
    __atomic_store_n(&done, true, __ATOMIC_RELAXED);
    if (late)
        pthread_join(thread, NULL);
    int server = client_open();
    client_ask(server, 0.1);
    client_take(server);
    close(server);
    truth_tell();
}
