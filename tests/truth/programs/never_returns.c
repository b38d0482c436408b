/*
 * A read that never returns, two functions deep, whose frames have a size of their own: another
 * thread ends the process after a while. "stack CALL FUNCTION < FUNCTION ..." says where it was.
 */
#include "facts.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LIFE_MS = 4000 };

static void *end(void *unused)
{
    (void)unused;
    poll(NULL, 0, LIFE_MS);
    _exit(0);
}

static __attribute__((noinline)) char read_byte(int fd)
{
    char byte = 0;
    return read(fd, &byte, 1) == 1 ? byte : 'x';
}

static __attribute__((noinline)) int wait_with_room(size_t size)
{
    int fds[2];
    char room[size];
    memset(room, 0, size);
    if (pipe(fds))
        return 1;
    room[size / 2] = read_byte(fds[0]);
    return room[size / 2] + room[0];
}

int main(void)
{
    pthread_t thread;
    printf("stack read read_byte wait_with_room main\n");
    fflush(stdout);
    pthread_create(&thread, NULL, end, NULL);
    return wait_with_room(1000);
}
