/*
 * on.c: greq on: have a running process record its calls from now on.
 */
#include "cmd/cmd.h"
#include "cmd/output.h"
#include "launch/trace_directory.h"
#include "live/process.h"
#include "live/recording.h"

#include <argp.h>
#include <stdio.h>
#include <unistd.h>

struct arguments {
    const char *output; /* NULL: the default */
    pid_t pid;
};

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    if (key != 'o')
        return cmd_parse_process(key, value, state, &arguments->pid);
    arguments->output = value;
    return 0;
}

static const struct argp_option options[] = {
    {"output", 'o', "DIR", 0,
     "Record in DIR, which must not hold anything (default: greq-NAME.PID here)", 0},
    {0},
};

const struct argp cmd_on_argp = {
    .options = options,
    .parser = parse,
    .args_doc = "PID",
    .doc = "Has process PID, in which libgreq.so is preloaded, record its calls from now on. "
           "Neither a signal nor ptrace is used: the process begins with the next call that it "
           "makes."
           "\vThe directory is printed. `greq off PID` ends the recording, `greq report DIR` reads "
           "it, also meanwhile. The exit status is 0, or 2 when the process cannot be asked or "
           "cannot record.",
};

static int begin(const struct page *page, const struct arguments *arguments, struct error *error)
{
    char name[64], directory[PATH_MAX], absolute[PATH_MAX];
    process_name(arguments->pid, name, sizeof name);
    snprintf(directory, sizeof directory, "greq-%s.%d", name, (int)arguments->pid);
    if (trace_directory_make(absolute, arguments->output ? arguments->output : directory, error))
        return -1;
    switch (recording_begin(page, absolute, error)) {
    case RECORDING_REFUSED:
        trace_directory_drop(absolute);
        return -1;
    case RECORDING_PENDING:
        cmd_complain("%d: has made no call since: it begins with its next one",
                     (int)arguments->pid);
        break;
    case RECORDING_DONE:
        break;
    }
    return output_line(absolute, error);
}

int cmd_on(int argc, char **argv)
{
    struct arguments arguments = {0};
    struct page page;
    struct error error;
    argp_err_exit_status = EXIT_USAGE;
    argp_parse(&cmd_on_argp, argc, argv, 0, NULL, &arguments);
    int status = page_open(&page, arguments.pid, &error);
    if (!status) {
        status = begin(&page, &arguments, &error);
        page_close(&page);
    }
    if (status)
        cmd_complain("%s", error.text);
    return status ? EXIT_USAGE : 0;
}
