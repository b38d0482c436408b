/*
 * diff.c: greq diff: what became worse or better from one run to another, call site by call site.
 */
#include "check/budget.h"
#include "check/difference.h"
#include "check/number.h"
#include "check/source_path.h"
#include "cmd/cmd.h"
#include "cmd/output.h"
#include "cmd/summarise.h"
#include "cmd/terminal.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>

enum { OPTION_TOLERANCE = 256 };

struct arguments {
    void (*render)(const struct difference *difference, const struct style *style, FILE *out);
    const char *output; /* NULL: standard output */
    double tolerance;
    char *paths[2]; /* old, new */
    size_t path_count;
};

static void set_format(struct arguments *arguments, const char *name, struct argp_state *state)
{
    if (!strcmp(name, "text"))
        arguments->render = difference_text;
    else if (!strcmp(name, "json"))
        arguments->render = difference_json;
    else
        argp_error(state, "unknown format '%s'; there are: text, json", name);
}

static void add_path(struct arguments *arguments, char *path, struct argp_state *state)
{
    if (arguments->path_count == 2)
        argp_error(state, "two runs are compared, '%s' is one too many", path);
    arguments->paths[arguments->path_count++] = path;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    switch (key) {
    case 'f':
        set_format(arguments, value, state);
        return 0;
    case 'o':
        arguments->output = value;
        return 0;
    case OPTION_TOLERANCE:
        if (!number_read(&arguments->tolerance, value))
            argp_error(state, "'%s' is no tolerance; write a fraction, as 0.2", value);
        return 0;
    case ARGP_KEY_ARG:
        add_path(arguments, value, state);
        return 0;
    case ARGP_KEY_END:
        if (arguments->path_count < 2)
            argp_error(state, "which runs? Name two, each a trace or a JSON report");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"format", 'f', "FORMAT", 0, "text (the default) or json", 0},
    {"output", 'o', "FILE", 0, "Write to FILE instead of standard output", 0},
    {"tolerance", OPTION_TOLERANCE, "FRACTION", 0,
     "What is no change: less than FRACTION of the old value (default: 0.2), or than 0.2 s", 0},
    {0},
};

const struct argp cmd_diff_argp = {
    .options = options,
    .parser = parse,
    .args_doc = "OLD NEW",
    .doc = "Compares two runs, each a trace directory or a JSON report of one: what became worse, "
           "better, new, or is gone, call site by call site. Lines may have moved."
           "\vThe exit status is 0, whatever has changed, or 2 when an argument or a run cannot be "
           "used. To fail on what became worse, use `greq check --baseline`.",
};

static int write_difference(const struct arguments *arguments, const struct summary runs[2],
                            struct error *error)
{
    struct comparison comparison;
    struct output output;
    if (output_begin(&output, arguments->output, error))
        return -1;
    char *root = source_root();
    comparison_make(&comparison, &runs[0], &runs[1], arguments->tolerance);
    const struct difference difference = {&runs[0], &runs[1], &comparison, arguments->tolerance,
                                          root};
    const struct style style = terminal_style(output.stream);
    arguments->render(&difference, &style, output.stream);
    comparison_finish(&comparison);
    free(root);
    return output_end(&output, error);
}

int cmd_diff(int argc, char **argv)
{
    struct arguments arguments = {.render = difference_text, .tolerance = BUDGET_DEFAULT_TOLERANCE};
    struct summary runs[2] = {0};
    struct error error;
    argp_err_exit_status = EXIT_USAGE;
    argp_parse(&cmd_diff_argp, argc, argv, 0, NULL, &arguments);
    int status = summarise(&runs[0], false, &arguments.paths[0], 1, &error);
    if (!status)
        status = summarise(&runs[1], false, &arguments.paths[1], 1, &error);
    for (size_t i = 0; !status && i < 2; i++)
        summary_excuse(&runs[i], true);
    if (!status)
        status = write_difference(&arguments, runs, &error);
    if (status)
        cmd_complain("%s", error.text);
    summary_finish(&runs[0]);
    summary_finish(&runs[1]);
    return status ? EXIT_USAGE : 0;
}
