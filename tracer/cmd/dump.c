/*
 * dump.c: greq dump: what every thread and task of a running process does now.
 */
#include "live/dump.h"
#include "cmd/cmd.h"
#include "cmd/output.h"
#include "render/clean.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct argp cmd_dump_argp = {
    .parser = cmd_parse_only_process,
    .args_doc = "PID",
    .doc = "Tells what every thread of process PID waits in, on which descriptor and with which "
           "stack, and the same of greq's own tasks. The process is neither stopped nor asked; it "
           "need not have libgreq.so preloaded."
           "\vIt takes the right to debug the process. The exit status is 0, or 2 when there is no "
           "such process or it may not be read.",
};

/* Names come out of the process, and may have any bytes. Returns 0; or -1 with `error` set. */
static int put(pid_t pid, FILE *out, struct error *error)
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    int status = stream ? dump_put(pid, stream, error) : error_set(error, "%s", strerror(errno));
    if (stream && fclose(stream) && !status)
        status = error_set(error, "%s", strerror(errno));
    for (char *line, *rest = status ? NULL : text; (line = strsep(&rest, "\n")) && rest;) {
        char *clean = clean_copy(line, false);
        fprintf(out, "%s\n", clean);
        free(clean);
    }
    free(text);
    return status;
}

int cmd_dump(int argc, char **argv)
{
    pid_t pid = 0;
    struct output output;
    struct error error;
    argp_err_exit_status = EXIT_USAGE;
    argp_parse(&cmd_dump_argp, argc, argv, 0, NULL, &pid);
    if (!output_begin(&output, NULL, &error) && !put(pid, output.stream, &error) &&
        !output_end(&output, &error))
        return 0;
    cmd_complain("%s", error.text);
    return EXIT_USAGE;
}
