/* wrong_end: a pipe's reading end is written to, its writing end read from, alone and with vectors.
 */
#include "facts.h"

#include <errno.h>
#include <greq/greq.h>
#include <sys/uio.h>
#include <unistd.h>

static void *use_wrong_ends(void *unused)
{
    int ends[2];
    char byte = 'x';
    struct iovec vector = {&byte, 1};
    must(pipe(ends), "pipe");
    fact("write %s", outcome(write(ends[0], &byte, 1)));
    fact("writev %s", outcome(writev(ends[0], &vector, 1)));
    fact("read %s", outcome(read(ends[1], &byte, 1)));
    fact("readv %s", outcome(readv(ends[1], &vector, 1)));
    return unused;
}

int main(void)
{
    alarm(10); /* who waits for an end that is never ready waits for ever */
    greq_join(greq_spawn(use_wrong_ends, NULL), NULL);
}
