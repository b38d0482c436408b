/* doctor_calls: imports functions that are hooked, and some that nobody will hook soon. With an
 * argument it stays for a while, to be looked at. */
#include <stdio.h>
#include <sys/msg.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    (void)argv;
    char message[16];
    printf("ready\n");
    fflush(stdout);
    if (argc > 1)
        sleep(30);
    ssize_t got = recv(-1, message, sizeof message, 0);
    ssize_t taken = msgrcv(-1, message, sizeof message - sizeof(long), 0, 0);
    return got < 0 && taken < 0 && syscall(SYS_getpid) == getpid() ? 0 : 1;
}
