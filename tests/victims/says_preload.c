/* says_preload: a child that tells with which preloads and which GREQ_NOTE it was started. Built in
 * several forms, by compilers that may lack our headers. */
#include <stdio.h>
#include <stdlib.h>

int main(int count, char **words)
{
    const char *preload = getenv("LD_PRELOAD"), *note = getenv("GREQ_NOTE");
    printf("child of %d words, %s: preload %s, note %s\n", count, words[count - 1],
           preload ? preload : "none", note ? note : "none");
    return 7;
}
