/*
 * live_page.h: the page of memory that a preloaded process shares with greq's commands (greq on,
 * off, top). A file named PID.NAMESPACE, mapped by both; see shim/log/live.c for who makes it,
 * and when.
 *
 * The first word is the one that each hook of the shim reads anyway. So a command is heard without
 * a look more, and without a signal: it sets LIVE_MODE_ASKED there, and the next call that the
 * process makes finds it. To stop a recording it clears LIVE_MODE_LOG, which takes effect at once.
 */
#ifndef GREQ_LIVE_PAGE_H
#define GREQ_LIVE_PAGE_H

#include <stdint.h>

#define LIVE_MODE_LOG   1u /* calls are recorded */
#define LIVE_MODE_ASKED 4u /* by a command; see `request` */

#define LIVE_MAGIC   UINT64_C(0x6576696c71657267) /* "greqlive" */
#define LIVE_VERSION 1

/* No smaller than a page of the kernel. */
#if defined __x86_64__
#    define LIVE_PAGE_SIZE 4096
#else
#    define LIVE_PAGE_SIZE 65536
#endif

#define LIVE_TRACE_SIZE 1024

enum live_request { LIVE_NOTHING, LIVE_ON, LIVE_OFF };
enum live_state { LIVE_DORMANT, LIVE_RECORDING, LIVE_FAILED };

/* Where greq's own tasks are in the memory of a process that has any, for who reads that from
 * outside: offsets in bytes, of fields in the shim's structs. */
struct live_tasks {
    uint64_t schedulers; /* address of the first one's address; 0: there has been none */
    uint16_t scheduler_next, scheduler_main, scheduler_current, scheduler_live;
    uint16_t task_next, task_number, task_stack_pointer, task_state, task_parked;
    uint16_t task_waits_for; /* the address of a text, or 0 */
    uint16_t task_waiters, task_waiter_count, waiter_size, waiter_fd, waiter_since;
    /* What lies at the stack pointer of one that does not run. */
    uint16_t saved_size, saved_pc, saved_count;
    struct {
        uint16_t number; /* a register's, in unwind tables */
        uint16_t offset;
    } saved[11];
};

/* Words that two processes write are accessed by atomic operations. */
struct live_page {
    uint32_t mode;  /* by both, a bit at a time */
    uint32_t young; /* the process's own business: there is no file yet */
    uint64_t magic;
    uint32_t version;
    uint32_t pid;           /* as the process knows it */
    uint64_t pid_namespace; /* the inode of /proc/self/ns/pid: only there the number means it */
    uint64_t made;          /* ns, CLOCK_MONOTONIC */
    uint32_t request;       /* enum live_request; the command sets it, the process takes it away */
    uint32_t asked;         /* by the command: a number of this request */
    uint32_t answered;      /* by the process: the request that it has obeyed or refused */
    uint32_t state;         /* enum live_state; by the process */
    int32_t error;          /* LIVE_FAILED: an errno value, or -1: a trace of another version */
    uint32_t tasks_told;    /* the process's own business: `tasks` has been written */
    struct live_tasks tasks;
    char trace[LIVE_TRACE_SIZE]; /* by the command with LIVE_ON, else by the process: a directory */
};

_Static_assert(sizeof(struct live_page) <= LIVE_PAGE_SIZE, "it is one page");

#endif
