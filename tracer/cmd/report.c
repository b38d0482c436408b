/*
 * report.c: greq report: what a trace shows, for people or for programs.
 */
#include "cmd/analysis.h"
#include "cmd/cmd.h"
#include "cmd/output.h"
#include "cmd/terminal.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct format {
    const char *name;
    void (*render)(const struct report *report, const struct style *style, FILE *out);
    struct audience *(*listen)(struct error *error); /* NULL: the format needs no history */
    bool is_binary;
    bool has_top; /* it can report what is worst alone */
};

static const struct format formats[] = {
    {.name = "text", .render = render_text},
    {.name = "json", .render = render_json, .has_top = true},
    {.name = "folded", .render = render_folded},
    {.name = "pprof", .render = render_pprof, .is_binary = true},
    {.name = "perfetto", .render = render_perfetto, .listen = perfetto_listen, .is_binary = true},
    {.name = "otlp", .render = render_otlp, .listen = otlp_listen},
    {.name = "html", .render = render_html, .listen = html_listen},
    {.name = "ledger", .render = render_ledger, .listen = ledger_listen},
};
enum { FORMAT_COUNT = sizeof formats / sizeof *formats };

struct arguments {
    const struct format *format;
    const char *output; /* NULL: standard output */
    size_t top;         /* 0: everything */
    struct symbol_paths paths;
    char **directories;
    size_t directory_count;
};

enum { OPTION_TOP = 256, OPTION_SYSROOT, OPTION_DEBUG_PATH, TOP_MAX = 10000 };

static const struct format *find_format(const char *name)
{
    for (size_t i = 0; i < FORMAT_COUNT; i++)
        if (!strcmp(formats[i].name, name))
            return &formats[i];
    return NULL;
}

static void refuse_format(const char *name, struct argp_state *state)
{
    char list[128] = "";
    for (size_t i = 0; i < FORMAT_COUNT; i++) {
        strcat(list, i ? ", " : "");
        strcat(list, formats[i].name);
    }
    argp_error(state, "unknown format '%s'; there are: %s", name, list);
}

static void set_top(struct arguments *arguments, const char *value, struct argp_state *state)
{
    char *end;
    unsigned long top = strtoul(value, &end, 10);
    if (*value < '0' || *value > '9' || *end || top < 1 || top > TOP_MAX)
        argp_error(state, "--top=%s: not a number from 1 to %d", value, TOP_MAX);
    arguments->top = top;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    switch (key) {
    case 'f':
        arguments->format = find_format(value);
        if (!arguments->format)
            refuse_format(value, state);
        return 0;
    case 'o':
        arguments->output = value;
        return 0;
    case OPTION_TOP:
        set_top(arguments, value, state);
        return 0;
    case OPTION_SYSROOT:
        arguments->paths.sysroot = value;
        return 0;
    case OPTION_DEBUG_PATH:
        arguments->paths.debug_path = value;
        return 0;
    case ARGP_KEY_ARGS:
        arguments->directories = state->argv + state->next;
        arguments->directory_count = state->argc - state->next;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which trace? Name its directory");
        return 0;
    case ARGP_KEY_END:
        if (arguments->top && !arguments->format->has_top)
            argp_error(state, "--top is for the format json");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"format", 'f', "FORMAT", 0,
     "text (the default), json, folded, pprof, perfetto, otlp, html or ledger", 0},
    {"output", 'o', "FILE", 0, "Write to FILE instead of standard output", 0},
    {"top", OPTION_TOP, "NUMBER", 0,
     "In JSON: only the worst NUMBER findings and calls, with 10 less than 8 KB", 0},
    {"sysroot", OPTION_SYSROOT, "DIR", 0,
     "Where the root of the machine that was recorded is here, for names and lines", 0},
    {"debug-path", OPTION_DEBUG_PATH, "DIR", 0,
     "Where separate debugging information is (default: /usr/lib/debug); several by colons", 0},
    {0},
};

const struct argp cmd_report_argp = {
    .options = options,
    .parser = parse,
    .args_doc = "DIR...",
    .doc = "Shows what the traces in DIR... recorded: which calls blocked, for how long and from "
           "which line, what was in flight meanwhile, and the timeline of the connections."
           "\vSeveral directories are read as one run. The exit status is 0, or 2 when an "
           "argument or a trace cannot be used.",
};

static int read_traces(const struct arguments *arguments, struct analysis *analysis,
                       struct error *error)
{
    struct analysis_options options = {.paths = arguments->paths};
    if (arguments->format->is_binary && !arguments->output && isatty(STDOUT_FILENO))
        return error_set(error, "%s is no text for a terminal: name a file with -o",
                         arguments->format->name);
    if (arguments->format->listen) {
        options.audience = arguments->format->listen(error);
        if (!options.audience)
            return -1;
    }
    return analysis_make_as(analysis, arguments->directories, arguments->directory_count, &options,
                            error);
}

/* A word of a command, as a shell takes it. */
static void put_word(FILE *out, const char *word)
{
    fputs(" '", out);
    for (; *word; word++)
        fputs(*word == '\'' ? "'\\''" : (char[]){*word, '\0'}, out);
    fputc('\'', out);
}

/* The caller frees it. */
static char *whole_command(const struct arguments *arguments)
{
    char *command = NULL;
    size_t size;
    FILE *out = open_memstream(&command, &size);
    if (!out)
        abort();
    fputs("greq report -f json", out);
    for (size_t i = 0; i < arguments->directory_count; i++)
        put_word(out, arguments->directories[i]);
    fclose(out);
    return command;
}

static int write_report(const struct arguments *arguments, const struct analysis *analysis,
                        struct error *error)
{
    struct output output;
    if (output_begin(&output, arguments->output, error))
        return -1;
    char *whole = whole_command(arguments);
    struct report report = analysis_report(analysis);
    const struct style style = terminal_style(output.stream);
    report.top = arguments->top;
    report.whole = whole;
    arguments->format->render(&report, &style, output.stream);
    free(whole);
    return output_end(&output, error);
}

int cmd_report(int argc, char **argv)
{
    struct arguments arguments = {.format = &formats[0]};
    struct analysis analysis;
    struct error error;
    argp_err_exit_status = EXIT_USAGE;
    argp_parse(&cmd_report_argp, argc, argv, 0, NULL, &arguments);
    if (read_traces(&arguments, &analysis, &error)) {
        cmd_complain("%s", error.text);
        return EXIT_USAGE;
    }
    /* The file is opened only now: it must not be lost for a trace that cannot be read. */
    int status = write_report(&arguments, &analysis, &error);
    if (status)
        cmd_complain("%s", error.text);
    analysis_finish(&analysis);
    return status ? EXIT_USAGE : 0;
}
