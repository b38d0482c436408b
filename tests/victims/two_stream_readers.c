/* two_stream_readers: for runs under the preload: two tasks read lines from one stream; each gets
 * one, and neither keeps the thread from the task that writes. */
#include "facts.h"

#include <greq/greq.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int ends[2];
static FILE *stream;

static void *read_line(void *unused)
{
    char text[16];
    fact("a line: %s", fgets(text, sizeof text, stream) ? text : "none\n");
    return unused;
}

static void *write_lines(void *unused)
{
    for (int i = 0; i < 2; i++) {
        usleep(20000);
        must((int)write(ends[1], i ? "two\n" : "one\n", 4), "write");
    }
    return unused;
}

int main(void)
{
    must(pipe(ends), "pipe");
    stream = fdopen(ends[0], "r");
    greq_task *first = greq_spawn(read_line, NULL), *second = greq_spawn(read_line, NULL);
    greq_task *writer = greq_spawn(write_lines, NULL);
    greq_join(first, NULL);
    greq_join(second, NULL);
    greq_join(writer, NULL);
    fclose(stream);
}
