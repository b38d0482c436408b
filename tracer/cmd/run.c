/*
 * run.c: greq run: a program with cooperative waits.
 */
#include "cmd/cmd.h"
#include "cmd/program.h"

#include <argp.h>

enum { OPTION_PATCH = 256, OPTION_TRACE };

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct program *program = state->input;
    switch (key) {
    case OPTION_PATCH:
        program->patch = value;
        return 0;
    case OPTION_TRACE:
        program->trace = value;
        return 0;
    default:
        return program_parse(program, key, state);
    }
}

static const struct argp_option options[] = {
    {"patch", OPTION_PATCH, "LIST", 0,
     "What to make cooperative, as GREQ_PATCH: words such as all, none, select, -poll", 0},
    {"trace", OPTION_TRACE, "DIR", 0, "Record a trace in DIR, which must not hold anything", 0},
    PROGRAM_OPTIONS,
    {0},
};

const struct argp cmd_run_argp = {
    .options = options,
    .parser = parse,
    .args_doc = "[--] PROGRAM [ARGUMENT...]",
    .doc = "Runs PROGRAM under libgreq.so: where one of its tasks would wait, the others run."
           "\vThe exit status is PROGRAM's own, 128+N when signal N ended it, 127 when it was not "
           "found, 126 when it cannot be executed or the preload cannot reach it, and 125 when "
           "greq itself failed.",
};

int cmd_run(int argc, char **argv)
{
    struct program program = {0};
    argp_err_exit_status = EXIT_LAUNCHER_USAGE;
    argp_parse(&cmd_run_argp, argc, argv, ARGP_IN_ORDER, NULL, &program);
    int status = program_run(&program);
    cmd_prepare();
    return status;
}
