/*
 * commands.c: the table of greq's commands.
 */
#include "cmd/cmd.h"
#include "launch/temporary.h"
#include "live/page.h"
#include "live/process.h"

#include <argp.h>
#include <locale.h>
#include <stddef.h>
#include <string.h>

const struct command cmd_commands[] = {
    {"run", "run a program with cooperative waits", cmd_run, &cmd_run_argp, true},
    {"trace", "run a program, record its calls that can wait, and report them", cmd_trace,
     &cmd_trace_argp, true},
    {"report", "report what a trace recorded", cmd_report, &cmd_report_argp, false},
    {"check", "check a run against a budget and a baseline", cmd_check, &cmd_check_argp, false},
    {"diff", "compare two runs", cmd_diff, &cmd_diff_argp, false},
    {"doctor", "tell whether the preload can reach a program", cmd_doctor, &cmd_doctor_argp, false},
    {"top", "show where a running process waits", cmd_top, &cmd_top_argp, false},
    {"dump", "tell what every thread and task of a running process does", cmd_dump, &cmd_dump_argp,
     false},
    {"on", "have a running process record its calls", cmd_on, &cmd_on_argp, false},
    {"off", "have it stop", cmd_off, &cmd_off_argp, false},
    {"complete", NULL, cmd_complete, NULL, false},
    {0},
};

const struct command *cmd_find(const char *name)
{
    for (const struct command *command = cmd_commands; command->name; command++)
        if (!strcmp(command->name, name))
            return command;
    return NULL;
}

void cmd_prepare(void)
{
    setlocale(LC_CTYPE, ""); /* for UTF-8 in reports; numbers stay as they are everywhere */
    page_sweep();
    temporary_sweep();
}

int cmd_begin(const struct command *command, int argc, char **argv)
{
    if (command->does && !command->launches)
        cmd_prepare();
    return command->run(argc, argv);
}

int cmd_parse_process(int key, const char *value, const struct argp_state *state, pid_t *pid)
{
    switch (key) {
    case ARGP_KEY_ARG:
        if (*pid)
            argp_error(state, "one process at a time");
        *pid = process_parse(value);
        if (!*pid)
            argp_error(state, "'%s' is not the number of a process", value);
        return 0;
    case ARGP_KEY_END:
        if (!*pid)
            argp_error(state, "which process?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int cmd_parse_only_process(int key, char *value, struct argp_state *state)
{
    return cmd_parse_process(key, value, state, state->input);
}
