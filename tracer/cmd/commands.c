/*
 * commands.c: the table of greq's commands.
 */
#include "cmd/cmd.h"

#include <stddef.h>
#include <string.h>

const struct command cmd_commands[] = {
    {"run", "run a program with cooperative waits", cmd_run, &cmd_run_argp},
    {"trace", "run a program, record its calls that can wait, and report them", cmd_trace,
     &cmd_trace_argp},
    {"report", "report what a trace recorded", cmd_report, &cmd_report_argp},
    {"check", "check a run against a budget and a baseline", cmd_check, &cmd_check_argp},
    {"diff", "compare two runs", cmd_diff, &cmd_diff_argp},
    {"doctor", "tell whether the preload can reach a program", cmd_doctor, &cmd_doctor_argp},
    {"complete", NULL, cmd_complete, NULL},
    {0},
};

const struct command *cmd_find(const char *name)
{
    for (const struct command *command = cmd_commands; command->name; command++)
        if (!strcmp(command->name, name))
            return command;
    return NULL;
}
