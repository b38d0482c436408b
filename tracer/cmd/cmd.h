/*
 * cmd.h: the commands of greq, one file each, and what they share. Only this layer prints errors.
 *
 * A command gets its arguments with its own name ("greq run") in argv[0] and returns the exit
 * status.
 */
#ifndef CMD_CMD_H
#define CMD_CMD_H

enum {
    EXIT_OVER = 1,            /* a check found more than its budget has */
    EXIT_USAGE = 2,           /* bad arguments or input, of the commands that start nothing */
    EXIT_LAUNCHER_USAGE = 125 /* the same, of those that start a program */
};

int cmd_run(int argc, char **argv);
int cmd_trace(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_diff(int argc, char **argv);
int cmd_doctor(int argc, char **argv);

/* Prints one line, "greq: ...", on standard error. */
void cmd_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
