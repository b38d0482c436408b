/*
 * cmd.h: the commands of greq, one file each, and what they share. Only this layer prints errors.
 *
 * A command gets its arguments with its own name ("greq run") in argv[0] and returns the exit
 * status.
 */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

enum {
    EXIT_OVER = 1,            /* a check found more than its budget has */
    EXIT_USAGE = 2,           /* bad arguments or input, of the commands that start nothing */
    EXIT_LAUNCHER_USAGE = 125 /* the same, of those that start a program */
};

struct argp;
struct argp_state;

struct command {
    const char *name; /* NULL: the table ends */
    const char *does; /* for people; NULL: not for them */
    int (*run)(int argc, char **argv);
    const struct argp *argp; /* what it takes; NULL: words of any kind */
    bool launches;           /* it starts a program, and prepares when that has ended */
};

/* All commands. */
extern const struct command cmd_commands[];

/* The command of a name, or NULL. */
const struct command *cmd_find(const char *name);

/* Sets the locale for reports, and removes what killed processes have left for commands to find. */
void cmd_prepare(void);

/* Runs it, prepared if it does not do so itself. */
int cmd_begin(const struct command *command, int argc, char **argv);

int cmd_run(int argc, char **argv);
int cmd_trace(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_diff(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_dump(int argc, char **argv);
int cmd_on(int argc, char **argv);
int cmd_off(int argc, char **argv);
int cmd_top(int argc, char **argv);
int cmd_complete(int argc, char **argv);

/* What they take. */
extern const struct argp cmd_run_argp, cmd_trace_argp, cmd_report_argp, cmd_check_argp,
    cmd_diff_argp, cmd_doctor_argp, cmd_dump_argp, cmd_on_argp, cmd_off_argp, cmd_top_argp;

/* Parses the one argument of a command that takes the number of a process. */
int cmd_parse_process(int key, const char *value, const struct argp_state *state, pid_t *pid);

/* The parser of a command that takes nothing else; its input is a pid_t. */
int cmd_parse_only_process(int key, char *value, struct argp_state *state);

/* Prints which greq this is, for --version. */
void cmd_print_version(FILE *out, struct argp_state *state);

/* Prints one line, "greq: ...", on standard error. */
void cmd_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
