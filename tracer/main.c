/*
 * main.c: greq: which call serialized a program, and what happens if that call cooperates. Finds
 * the command; the commands are in cmd/.
 */
#include "cmd/cmd.h"

#include <argp.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] = {
    {"run", cmd_run},     {"trace", cmd_trace}, {"report", cmd_report},
    {"check", cmd_check}, {"diff", cmd_diff},   {"doctor", cmd_doctor},
};

struct arguments {
    const struct command *command;
    int first; /* index of the command's name */
};

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (!strcmp(commands[i].name, name))
            return &commands[i];
    return NULL;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    switch (key) {
    case ARGP_KEY_ARG: /* the command's name; what follows it is its own */
        arguments->command = find_command(value);
        if (!arguments->command)
            argp_error(state,
                       "unknown command '%s'; there are: run, trace, report, check, diff, doctor",
                       value);
        arguments->first = state->next - 1;
        state->next = state->argc;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which command? There are: run, trace, report, check, diff, doctor");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .parser = parse,
    .args_doc = "COMMAND [ARGUMENT...]",
    .doc = "Finds out which call serialized a program, and lets its tasks overlap where they wait."
           "\vCommands:\n"
           "  run     run a program with cooperative waits\n"
           "  trace   run a program, record its calls that can wait, and report them\n"
           "  report  report what a trace recorded\n"
           "  check   check a run against a budget and a baseline\n"
           "  diff    compare two runs\n"
           "  doctor  tell whether the preload can reach a program\n"
           "\n"
           "`greq COMMAND --help` tells more of each.",
};

int main(int argc, char **argv)
{
    struct arguments arguments = {0};
    char name[32];
    if (argc < 1) /* execve allows it, argp does not */
        return EXIT_USAGE;
    setlocale(LC_CTYPE, ""); /* for UTF-8 in reports; numbers stay as they are everywhere */
    argp_program_version = "greq " GREQ_VERSION;
    argp_err_exit_status = EXIT_USAGE;
    argv[0] = "greq"; /* messages begin with it */
    argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &arguments);
    snprintf(name, sizeof name, "greq %s", arguments.command->name);
    argv[arguments.first] = name;
    return arguments.command->run(argc - arguments.first, argv + arguments.first);
}
