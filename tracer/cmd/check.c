/*
 * check.c: greq check: whether a run, recorded or made now, keeps within a budget.
 *
 * A failing program's status wins over the check's, because CI must not read "over budget" where
 * the test itself failed; standard error says whose status it is. A program that cannot be started
 * at all is 2 (an unusable argument), so 125 to 127 out of `greq check --` are always the program's
 * own.
 */
#include "base/memory.h"
#include "check/judged.h"
#include "check/number.h"
#include "check/source_path.h"
#include "cmd/cmd.h"
#include "cmd/output.h"
#include "cmd/program.h"
#include "cmd/summarise.h"
#include "cmd/terminal.h"
#include "launch/temporary.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPTION_BUDGET = 256,
    OPTION_BASELINE,
    OPTION_TOLERANCE,
    OPTION_JUNIT,
    OPTION_SARIF,
    OPTION_MARKDOWN,
    OPTION_PATCH
};

struct arguments {
    const char *budget;
    const char *baseline;
    const char *tolerance;
    const char *junit;
    const char *sarif;
    const char *markdown;
    char **directories;
    size_t directory_count;
    struct program program;        /* argv is NULL when there are directories */
    const char *option_of_program; /* one that was given; NULL: none */
};

/* Everything that one check works with. All zeros is nothing yet. */
struct check {
    struct budget budget;
    bool has_baseline;
    struct summary baseline;
    struct summary run;
    struct verdicts verdicts;
};

/* --- arguments --- */

static bool is_program(const struct argp_state *state)
{
    return state->quoted && state->next > state->quoted;
}

static error_t take_argument(struct arguments *arguments, char *value, struct argp_state *state)
{
    if (is_program(state)) {
        if (arguments->directory_count)
            argp_error(state, "name either recorded runs or, after --, a program to run");
        return program_parse(&arguments->program, ARGP_KEY_ARG, state);
    }
    arguments->directories[arguments->directory_count++] = value;
    return 0;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    switch (key) {
    case OPTION_BUDGET:
        arguments->budget = value;
        return 0;
    case OPTION_BASELINE:
        arguments->baseline = value;
        return 0;
    case OPTION_TOLERANCE:
        arguments->tolerance = value;
        return 0;
    case OPTION_JUNIT:
        arguments->junit = value;
        return 0;
    case OPTION_SARIF:
        arguments->sarif = value;
        return 0;
    case OPTION_MARKDOWN:
        arguments->markdown = value;
        return 0;
    case OPTION_PATCH:
        arguments->option_of_program = "--patch";
        arguments->program.patch = value;
        return 0;
    case 'o':
        arguments->option_of_program = "--output";
        arguments->program.trace = value;
        return 0;
    case ARGP_KEY_ARG:
        return take_argument(arguments, value, state);
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "what is to be checked? Name a trace, or a program after --");
        return 0;
    case ARGP_KEY_END:
        if (arguments->option_of_program && !arguments->program.argv)
            argp_error(state, "%s is for a program that is run: name it after --",
                       arguments->option_of_program);
        return 0;
    case PROGRAM_OPTION_ARGS:
    case PROGRAM_OPTION_HTTP:
        arguments->option_of_program = key == PROGRAM_OPTION_ARGS ? "--args" : "--http";
        return program_parse(&arguments->program, key, state);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"budget", OPTION_BUDGET, "FILE", 0, "What the run may cost; see greq-check(1)", 0},
    {"baseline", OPTION_BASELINE, "FILE", 0, "A JSON report of an earlier run to compare with", 0},
    {"tolerance", OPTION_TOLERANCE, "FRACTION", 0,
     "Tolerated slowdown against the baseline (default: 0.2, at least 0.2 s)", 0},
    {"junit", OPTION_JUNIT, "FILE", 0, "Write the outcome as JUnit's XML", 0},
    {"sarif", OPTION_SARIF, "FILE", 0, "Write the outcome as SARIF 2.1.0", 0},
    {"markdown", OPTION_MARKDOWN, "FILE", 0, "Write the outcome as Markdown, for a pull request",
     0},
    {"output", 'o', "DIR", 0,
     "Record PROGRAM in DIR, which must not hold anything, and keep the trace", 0},
    {"patch", OPTION_PATCH, "LIST", 0,
     "What PROGRAM makes cooperative, as GREQ_PATCH (default: none)", 0},
    PROGRAM_OPTIONS,
    {0},
};

const struct argp cmd_check_argp = {
    .options = options,
    .parser = parse,
    .args_doc = "DIR...\n-- PROGRAM [ARGUMENT...]",
    .doc = "Checks a run against a budget, a baseline, or both. The run is recorded in DIR..., or "
           "PROGRAM is run and recorded now. Without either, calls may hold up connections, event "
           "loops, tasks and locks for no more than 0.2 s each."
           "\vThe exit status is 0 when the run is within, 1 when it is over budget, and 2 when it "
           "cannot be measured or an argument cannot be used. If PROGRAM fails, the exit status is "
           "its own.",
};

/* --- what the run is judged by --- */

static int set_tolerance(struct budget *budget, const char *value, struct error *error)
{
    budget->tolerance = (struct limit){.set = true};
    if (!number_read(&budget->tolerance.value, value))
        return error_set(error, "--tolerance=%s: not a fraction; write it as 0.2", value);
    return 0;
}

static int load_baseline(struct check *check, struct error *error)
{
    const struct budget *budget = &check->budget;
    if (!budget->baseline)
        return 0;
    if (summary_load(&check->baseline, budget->baseline, error))
        return -1;
    check->has_baseline = true;
    summary_excuse(&check->baseline, budget->is_default);
    if (summary_is_complete(&check->baseline, budget->min_coverage.value))
        return 0;
    return error_set(error,
                     "%s: too little of this run was seen to compare with it (coverage %.1f %%): "
                     "record the baseline anew",
                     budget->baseline, check->baseline.coverage * 100);
}

/* Everything that can be refused is refused before a program is run. */
static int prepare(struct check *check, const struct arguments *arguments, struct error *error)
{
    if (arguments->budget && budget_load(&check->budget, arguments->budget, error))
        return -1;
    if (arguments->tolerance && set_tolerance(&check->budget, arguments->tolerance, error))
        return -1;
    if (arguments->baseline) {
        free(check->budget.baseline);
        check->budget.baseline = memory_copy(arguments->baseline);
    }
    budget_complete(&check->budget);
    return load_baseline(check, error);
}

/* --- telling --- */

static int write_file(const struct judged *judged, const char *path,
                      void (*write)(const struct judged *judged, FILE *out), struct error *error)
{
    struct output output;
    if (!path)
        return 0;
    if (output_begin(&output, path, error))
        return -1;
    write(judged, output.stream);
    return output_end(&output, error);
}

static void print_to(FILE *out, const struct judged *judged)
{
    const struct style style = terminal_style(out);
    const char *actions = getenv("GITHUB_ACTIONS");
    judged_text(judged, &style, out);
    if (actions && !strcmp(actions, "true"))
        judged_annotations(judged, out);
}

/* A program that is run has standard output for itself. */
static int print(const struct judged *judged, struct error *error)
{
    struct output output;
    if (judged->program) {
        print_to(stderr, judged);
        return 0;
    }
    if (output_begin(&output, NULL, error))
        return -1;
    print_to(output.stream, judged);
    return output_end(&output, error);
}

static int tell(const struct check *check, const struct arguments *arguments, int program_status,
                struct error *error)
{
    char *root = source_root();
    const struct judged judged = {
        .verdicts = &check->verdicts,
        .version = GREQ_VERSION,
        .root = root,
        .program = arguments->program.argv ? check->run.name : NULL,
        .program_status = program_status,
    };
    /* All that can be written is, whatever else cannot be. */
    int status = print(&judged, error);
    status |= write_file(&judged, arguments->junit, judged_junit, error);
    status |= write_file(&judged, arguments->sarif, judged_sarif, error);
    status |= write_file(&judged, arguments->markdown, judged_markdown, error);
    free(root);
    return status;
}

/* --- the run --- */

/* The run has been read. */
static int judge(struct check *check, const struct arguments *arguments, int program_status,
                 struct error *error)
{
    summary_excuse(&check->run, check->budget.is_default);
    verdicts_make(&check->verdicts, &check->run, &check->budget,
                  check->has_baseline ? &check->baseline : NULL);
    return tell(check, arguments, program_status, error);
}

static int exit_status(enum outcome outcome)
{
    static const int statuses[] = {
        [OUTCOME_WITHIN] = 0, [OUTCOME_OVER] = EXIT_OVER, [OUTCOME_UNMEASURABLE] = EXIT_USAGE};
    return statuses[outcome];
}

static int check_recorded(struct check *check, const struct arguments *arguments)
{
    struct error error;
    int status =
        summarise(&check->run, false, arguments->directories, arguments->directory_count, &error);
    if (!status)
        status = judge(check, arguments, 0, &error);
    if (!status)
        return exit_status(check->verdicts.outcome);
    cmd_complain("%s", error.text);
    return EXIT_USAGE;
}

/* Runs the program, and reads what was recorded. Returns 0, and `*status` is its exit status; or -1
 * when it was not run. What went wrong has been said, and there is no summary of it then. */
static int run_program(struct check *check, struct program *program, int *status)
{
    struct error error;
    char *traced[] = {program->trace_path};
    *status = program_run(program);
    if (!program->ran)
        return -1;
    if (summarise(&check->run, true, traced, 1, &error))
        cmd_complain("%s", error.text);
    return 0;
}

static int run_in_temporary(struct check *check, struct program *program, int *status)
{
    struct temporary temporary;
    struct error error;
    if (temporary_make_directory(&temporary, "check", &error)) {
        cmd_complain("%s", error.text);
        return -1;
    }
    program->trace = temporary.path;
    int result = run_program(check, program, status);
    temporary_remove(&temporary); /* before anything is printed, which a closed pipe may end */
    return result;
}

/* The program's own failure matters more than what it cost. */
static int check_program(struct check *check, struct arguments *arguments)
{
    struct error error;
    struct program *program = &arguments->program;
    int program_status, status = EXIT_USAGE;
    int failed = program->trace ? run_program(check, program, &program_status)
                                : run_in_temporary(check, program, &program_status);
    if (failed)
        return EXIT_USAGE;
    if (check->run.name && judge(check, arguments, program_status, &error))
        cmd_complain("%s", error.text);
    else if (check->run.name)
        status = exit_status(check->verdicts.outcome);
    if (!program_status)
        return status;
    cmd_complain("%s failed by itself: the exit status %d is its own", program->argv[0],
                 program_status);
    return program_status;
}

static int run_check(struct check *check, struct arguments *arguments)
{
    struct error error;
    if (prepare(check, arguments, &error)) {
        cmd_complain("%s", error.text);
        return EXIT_USAGE;
    }
    return arguments->program.argv ? check_program(check, arguments)
                                   : check_recorded(check, arguments);
}

int cmd_check(int argc, char **argv)
{
    struct arguments arguments = {.program.patch = "none"};
    struct check check = {0};
    argp_err_exit_status = EXIT_USAGE;
    arguments.directories = memory_alloc(argc, sizeof *arguments.directories);
    argp_parse(&cmd_check_argp, argc, argv, ARGP_IN_ORDER, NULL, &arguments);
    int status = run_check(&check, &arguments);
    verdicts_finish(&check.verdicts);
    summary_finish(&check.run);
    summary_finish(&check.baseline);
    budget_finish(&check.budget);
    free(arguments.directories);
    return status;
}
