/*
 * program.h: what `greq run` and `greq trace` have in common: they start a program.
 */
#ifndef CMD_PROGRAM_H
#define CMD_PROGRAM_H

#include <argp.h>
#include <limits.h>
#include <stdbool.h>

struct program {
    char **argv;               /* the program and its arguments, NULL at the end */
    const char *patch;         /* for GREQ_PATCH; NULL leaves the user's */
    const char *trace;         /* directory to make and trace to; NULL: none */
    char trace_path[PATH_MAX]; /* set by program_run: its absolute path */
    bool names_trace;          /* on standard error, before the program starts */
    bool keeps_arguments;      /* GREQ_ARGS */
    bool keeps_http;           /* GREQ_HTTP */
    bool ran;                  /* set by program_run: under libgreq.so, to its end */
};

/* The options that program_parse takes. */
enum { PROGRAM_OPTION_ARGS = 512, PROGRAM_OPTION_HTTP };
#define PROGRAM_OPTIONS                                                                        \
    {"args",                                                                                   \
     PROGRAM_OPTION_ARGS,                                                                      \
     NULL,                                                                                     \
     0,                                                                                        \
     "Keep whole command lines in the trace, with all values (default: options by name only)", \
     0},                                                                                       \
    {                                                                                          \
        "http", PROGRAM_OPTION_HTTP, NULL, 0,                                                  \
            "Keep method, path (without query; {id} for identifiers) and status of HTTP/1", 0  \
    }

/* The part of an argp parser that takes the program's name, and all that follows it as its own
 * arguments. Returns ARGP_ERR_UNKNOWN for other keys. */
error_t program_parse(struct program *program, int key, struct argp_state *state);

/* Runs a program to its end. Returns the exit status that greq is to have; what went wrong on
 * greq's side has been said on standard error. */
int program_run(struct program *program);

#endif
