/*
 * config.h: what the environment asks of the shim. Read once, by the library's constructor.
 *
 *   GREQ_PATCH       which functions cooperate; see patch.h
 *   GREQ_EXCLUDE     programs that are left alone; see exclude.h
 *   GREQ_TRACE       directory to write a trace to
 *   GREQ_TRACE_LIMIT bytes of trace that a thread may keep, with K, M or G (default 256M)
 *   GREQ_ARGS        1: a trace keeps whole command lines; else their options by name, see
 *                    log/command.h
 *   GREQ_HTTP        1: a trace has method, path and status of HTTP/1, see log/http.h
 *   GREQ_LOG         `stderr` or a file: a line for each wait of 1 ms or more
 *   GREQ_STACK_SIZE  bytes of stack of a task, with K, M or G (default 1M)
 *   GREQ_CLOCK       kernel: times are read from the kernel's clock alone, see sys/tsc.h
 *   GREQ_QUIET       1: no summary at exit
 *   GREQ_LIVE        0: the process shares no page with greq's commands, see log/live.h
 *   GREQ_HELLO       a file that the launcher looks at to see that the preload worked
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include "real/calls.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config {
    bool patched[CALL_COUNT]; /* by enum call_id */
    bool cooperative;         /* at least one is */
    bool asyncio;             /* also in the middle of asyncio's tasks */
    bool quiet;
    bool keeps_arguments;
    bool http;
    bool kernels_clock;
    bool live;                /* shares a page with greq's commands */
    char runtime_dir[256];    /* XDG_RUNTIME_DIR: an absolute path, or empty */
    uint64_t trace_limit;     /* bytes per thread */
    const char *log;          /* NULL: none */
    size_t stack_size;        /* bytes */
    char trace_dir[PATH_MAX]; /* absolute, or empty: no trace. Last: else it is a page more */
};

extern struct config config;

/* Reads the environment. Each word that it cannot use is one line on standard error, and the
 * default holds. Not thread-safe: for the constructor. */
void config_read(void);

#endif
