/* stdio_program: stdio on pipes, files and sockets, over a fork with something in its buffer. */
#include "facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void fork_with_buffer(void)
{
    setvbuf(stdout, NULL, _IOFBF, BUFSIZ);
    printf("written once\n");
    fflush(stdout);
    printf("twice, by each process\n");
    pid_t child = must(fork(), "fork");
    if (child == 0) {
        usleep(1000);
        exit(0);
    }
    must(waitpid(child, NULL, 0), "waitpid");
    printf("by the parent\n");
}

static void lines_of_a_socket(void)
{
    int ends[2];
    char *line = NULL;
    size_t size = 0;
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
    pid_t child = must(fork(), "fork");
    if (child == 0) {
        FILE *to = fdopen(ends[1], "w");
        close(ends[0]);
        for (int i = 0; i < 3; i++) {
            fprintf(to, "line %d\n", i);
            fflush(to);
            usleep(10000);
        }
        fclose(to);
        _exit(0);
    }
    close(ends[1]);
    FILE *from = fdopen(ends[0], "r");
    while (getline(&line, &size, from) > 0)
        fact("got %.*s", (int)strcspn(line, "\n"), line);
    free(line);
    fclose(from);
    must(waitpid(child, NULL, 0), "waitpid");
}

static void a_file(void)
{
    FILE *file = tmpfile();
    must(file ? 0 : -1, "tmpfile");
    for (int i = 0; i < 10000; i++)
        fprintf(file, "%d\n", i);
    rewind(file);
    long sum = 0;
    for (int number; fscanf(file, "%d", &number) == 1;)
        sum += number;
    fact("sum %ld", sum);
    fclose(file);
}

int main(void)
{
    fork_with_buffer();
    lines_of_a_socket();
    a_file();
}
