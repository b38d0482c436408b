/* secretive: knows a secret by its arguments and environment, sends it, looks it up as a host's
 * name, has it as data; and waits, so that a trace has reason to tell of it. Starts itself once
 * more. */
#include "facts.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void send_secret(const char *secret)
{
    int ends[2];
    char bytes[64];
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
    must((int)send(ends[0], secret, strlen(secret), 0), "send");
    must((int)recv(ends[1], bytes, sizeof bytes, 0), "recv");
    must((int)write(ends[0], secret, strlen(secret)), "write");
    must((int)read(ends[1], bytes, sizeof bytes), "read");
}

static void look_up(const char *secret)
{
    char name[128];
    struct addrinfo *found = NULL;
    snprintf(name, sizeof name, "user:%s@localhost", secret);
    if (getaddrinfo(name, NULL, NULL, &found) == 0)
        freeaddrinfo(found);
}

int main(int count, char **words)
{
    const char *secret = getenv("SECRET");
    (void)count;
    send_secret(secret);
    look_up(secret);
    usleep(20000);
    if (getenv("AGAIN"))
        return 0;
    setenv("AGAIN", secret, 1);
    pid_t child = must(fork(), "fork");
    if (child == 0) {
        usleep(2000);
        execv("/proc/self/exe", words);
        _exit(127);
    }
    must(waitpid(child, NULL, 0), "waitpid");
    return 0;
}
