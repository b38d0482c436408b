/*
 * trace.c: greq trace: observe a program, record what it does, and report it.
 */
#include "cmd/analysis.h"
#include "cmd/cmd.h"
#include "cmd/program.h"
#include "cmd/terminal.h"

#include <argp.h>
#include <string.h>
#include <unistd.h>

enum { OPTION_PATCH = 256 };

struct arguments {
    struct program program;
    bool quiet;
};

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    switch (key) {
    case 'o':
        arguments->program.trace = value;
        return 0;
    case 'q':
        arguments->quiet = true;
        return 0;
    case OPTION_PATCH:
        arguments->program.patch = value;
        return 0;
    default:
        return program_parse(&arguments->program, key, state);
    }
}

static const struct argp_option options[] = {
    {"output", 'o', "DIR", 0,
     "Record in DIR, which must not hold anything (default: greq-NAME.PID here, which the first "
     "line on standard error names)",
     0},
    {"quiet", 'q', NULL, 0, "Print no report", 0},
    {"patch", OPTION_PATCH, "LIST", 0, "What to make cooperative, as GREQ_PATCH (default: none)",
     0},
    PROGRAM_OPTIONS,
    {0},
};

const struct argp cmd_trace_argp = {
    .options = options,
    .parser = parse,
    .args_doc = "[--] PROGRAM [ARGUMENT...]",
    .doc = "Runs PROGRAM, records every call of it that can wait, and reports on standard error "
           "which ones did."
           "\vThe report can be had again by `greq report DIR`. The exit status is PROGRAM's own, "
           "128+N when signal N ended it, 127 when it was not found, 126 when it cannot be "
           "executed or the preload cannot reach it, and 125 when greq itself failed.",
};

static void set_default_directory(char path[PATH_MAX], const char *program)
{
    snprintf(path, PATH_MAX, "greq-%s.%d", basename(program), (int)getpid());
}

/* The program's exit status matters more than the report: a failure of it is only said. */
static void print_report(const struct program *program)
{
    struct analysis analysis;
    struct error error;
    char *directories[] = {(char *)program->trace_path};
    if (analysis_make(&analysis, directories, 1, &error)) {
        cmd_complain("no report: %s", error.text);
        return;
    }
    const struct report report = analysis_report(&analysis);
    const struct style style = terminal_style(stderr);
    render_text(&report, &style, stderr);
    fprintf(stderr, "trace: %s\n", program->trace);
    analysis_finish(&analysis);
}

int cmd_trace(int argc, char **argv)
{
    char directory[PATH_MAX];
    struct arguments arguments = {.program.patch = "none"};
    struct program *program = &arguments.program;
    argp_err_exit_status = EXIT_LAUNCHER_USAGE;
    argp_parse(&cmd_trace_argp, argc, argv, ARGP_IN_ORDER, NULL, &arguments);
    if (!program->trace) {
        set_default_directory(directory, program->argv[0]);
        program->trace = directory;
        program->names_trace = !arguments.quiet;
    }
    int status = program_run(program);
    if (arguments.quiet) /* and nothing is tidied: that is left to whoever reads the trace */
        return status;
    cmd_prepare();
    if (program->ran)
        print_report(program);
    return status;
}
