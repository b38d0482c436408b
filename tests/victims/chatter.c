/* chatter: many calls that do not wait. Usage: chatter ROUNDS [hang | chdir]: so many times two
 * calls, a write and a read, on a pipe; then "hanging" and a read that nothing ends; or all of it
 * from another directory. */
#include "facts.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int ends[2], rounds = argc > 1 ? atoi(argv[1]) : 1;
    const char *how = argc > 2 ? argv[2] : "";
    char byte = 'x';
    if (strcmp(how, "chdir") == 0)
        must(chdir("/"), "chdir");
    must(pipe(ends), "pipe");
    for (int i = 0; i < rounds; i++) {
        must((int)write(ends[1], &byte, 1), "write");
        must((int)read(ends[0], &byte, 1), "read");
    }
    fact("%d rounds", rounds);
    if (strcmp(how, "hang") == 0) {
        fact("hanging");
        must((int)read(ends[0], &byte, 1), "read");
    }
}
