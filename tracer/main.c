/*
 * main.c: greq: which call serialized a program, and what happens if that call cooperates. Finds
 * the command; the commands are in cmd/.
 */
#include "cmd/cmd.h"

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct arguments {
    const struct command *command;
    int first; /* index of the command's name */
};

/* "run, trace, report": those for people. */
static const char *names(void)
{
    static char list[128];
    *list = '\0';
    for (const struct command *command = cmd_commands; command->name; command++)
        if (command->does) {
            strcat(list, *list ? ", " : "");
            strcat(list, command->name);
        }
    return list;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    switch (key) {
    case ARGP_KEY_ARG: /* the command's name; what follows it is its own */
        arguments->command = cmd_find(value);
        if (!arguments->command)
            argp_error(state, "unknown command '%s'; there are: %s", value, names());
        arguments->first = state->next - 1;
        state->next = state->argc;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which command? There are: %s", names());
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* argp asks for what comes behind the options, and frees it. */
static char *add_commands(int key, const char *text, void *input)
{
    char *help = NULL;
    size_t size;
    (void)input;
    if (key != ARGP_KEY_HELP_POST_DOC)
        return (char *)text;
    FILE *out = open_memstream(&help, &size);
    if (!out)
        return (char *)text;
    fputs("Commands:\n", out);
    for (const struct command *command = cmd_commands; command->name; command++)
        if (command->does)
            fprintf(out, "  %-7s %s\n", command->name, command->does);
    fprintf(out, "\n%s", text);
    fclose(out);
    return help;
}

static const struct argp argp = {
    .parser = parse,
    .args_doc = "COMMAND [ARGUMENT...]",
    .doc = "Finds out which call serialized a program, and lets its tasks overlap where they wait."
           "\v`greq COMMAND --help` tells more of each.",
    .help_filter = add_commands,
};

/* A standard stream that is closed would be the next file that is opened, and get what is meant for
 * people. What stands in for it fails as it does, and is closed for programs that are started. */
static void hold_standard_streams(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            open("/", O_PATH | O_CLOEXEC);
}

/* What argp prints, for --help and --version, and nobody looks at: its status is 0 in any case. */
static void check_output(int status, void *nothing)
{
    (void)nothing;
    errno = 0;
    if (status || (!fflush(stdout) && !ferror(stdout)))
        return;
    cmd_complain("cannot write to standard output: %s", strerror(errno ? errno : EIO));
    _exit(argp_err_exit_status);
}

int main(int argc, char **argv)
{
    struct arguments arguments = {0};
    char name[32];
    hold_standard_streams();
    if (argc < 1) /* execve allows it, argp does not */
        return EXIT_USAGE;
    on_exit(check_output, NULL);
    argp_program_version_hook = cmd_print_version;
    argp_err_exit_status = EXIT_USAGE;
    argv[0] = "greq"; /* messages begin with it */
    argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &arguments);
    snprintf(name, sizeof name, "greq %s", arguments.command->name);
    argv[arguments.first] = name;
    return cmd_begin(arguments.command, argc - arguments.first, argv + arguments.first);
}
