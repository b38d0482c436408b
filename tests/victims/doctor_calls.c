/* doctor_calls: imports functions that are hooked, and some that nobody hooks. With an argument it
 * stays for a while, to be looked at. */
#include <stdio.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    (void)argv;
    char line[16];
    printf("ready\n");
    fflush(stdout);
    if (argc > 1)
        sleep(30);
    char *got = fgets(line, sizeof line, stdin);
    recv(-1, line, sizeof line, 0);
    sendfile(-1, -1, NULL, 0);
    return !got && syscall(SYS_getpid) == getpid() ? 0 : 1;
}
