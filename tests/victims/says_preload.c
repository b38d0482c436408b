/* says_preload: a child that tells with which preloads and which GREQ_NOTE it was started, and
 * whether all is there that lies behind its environment: DynamoRIO/dynamorio#909 left a gap in it.
 * Built in several forms, by compilers that may lack our headers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

/* The kernel's vector of numbers begins behind the environment's end; AT_PAGESZ is in every one. */
static const char *what_is_behind(char **variables)
{
    enum { AT_END = 0, AT_PAGE_SIZE = 6 };
    const unsigned long *number;
    while (*variables)
        if (!strchr(*variables++, '='))
            return "a gap";
    for (number = (unsigned long *)(variables + 1); *number != AT_END; number += 2)
        if (*number == AT_PAGE_SIZE && number[1] >= 4096)
            return "whole";
    return "no vector";
}

int main(int count, char **words)
{
    const char *behind = what_is_behind(environ);
    const char *preload = getenv("LD_PRELOAD"), *note = getenv("GREQ_NOTE");
    printf("child of %d words, %s, %s: preload %s, note %s\n", count, words[count - 1], behind,
           preload ? preload : "none", note ? note : "none");
    return 7;
}
