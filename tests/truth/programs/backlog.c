/* A server that accepts each connection late, and a client of it in a thread. Usage: backlog
 * [prompt | looking]: or one that accepts at once, or looks for the question before it reads it. */
#include "client.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LATE_MS = 300, WORK_MS = 100 };

static struct sockaddr_in address;
static double connected, asked, answered;

static void *ask(void *nothing)
{
    char answer;
    int fd = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
    must(connect(fd, (struct sockaddr *)&address, sizeof address), "connect");
    connected = now_s();
    must((int)send(fd, "q", 1, 0), "send");
    asked = now_s();
    must((int)recv(fd, &answer, 1, 0), "recv");
    answered = now_s();
    close(fd);
    return nothing;
}

int main(int argc, char **argv)
{
    char question;
    pthread_t client;
    bool prompt = argc > 1 && !strcmp(argv[1], "prompt");
    int listener = truth_listen_at(&address, 8);
    must(-pthread_create(&client, NULL, ask, NULL), "pthread_create");
    if (!prompt)
        usleep(LATE_MS * 1000);
    int fd = must(accept(listener, NULL, NULL), "accept");
    double accepted = now_s();
    if (argc > 1 && !strcmp(argv[1], "looking"))
        must(poll(&(struct pollfd){fd, POLLIN, 0}, 1, 0), "poll");
    must((int)recv(fd, &question, 1, 0), "recv");
    double read = now_s();
    usleep(WORK_MS * 1000);
    must((int)send(fd, "a", 1, 0), "send");
    timing("work", now_s() - read);
    must(-pthread_join(client, NULL), "pthread_join");
    timing("backlog", accepted > connected ? accepted - connected : 0);
    timing("wait", answered - asked);
    close(fd);
}
