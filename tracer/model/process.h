/*
 * process.h: a traced process and the files that were mapped into it.
 */
#ifndef MODEL_PROCESS_H
#define MODEL_PROCESS_H

#include "base/map.h"
#include "model/channel.h"
#include "model/kept.h"

#include <greq/trace_format.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct site;
struct thread;

/* An ELF file at an address, from one generation to before another: a later module may take the
 * place of one that was unloaded. */
struct module {
    char *path;
    uint64_t base;
    uint64_t begin;
    uint64_t end;
    unsigned born;
    unsigned died; /* UINT_MAX: it did not */
};

/* How a process ended. */
enum fate {
    FATE_UNKNOWN,  /* it was killed, or is still running */
    FATE_RUNNING,  /* it was when the trace was read, on the same machine */
    FATE_EXITED,   /* by itself */
    FATE_KILLED,   /* by a signal, as greq saw it that had started it */
    FATE_REPLACED, /* exec made another process of the same number of it */
};

struct process {
    size_t number; /* from 0, in the model */
    size_t directory;
    uint32_t pid;
    uint64_t start;   /* with pid it identifies the process */
    char *host;       /* the machine; NULL: not known, or its parent's */
    char *program;    /* NULL: not known */
    bool cooperative; /* it was run to overlap its waits, and not just to be observed */
    char *command_line;
    uint64_t realtime;  /* ns since 1970 when it began; 0: not known */
    uint64_t begun;     /* ns: its first record */
    uint64_t last_seen; /* ns: its last record, or end of a call */
    bool over;
    enum fate fate;
    unsigned signal;        /* of FATE_KILLED, else 0 */
    uint64_t end;           /* ns; of FATE_UNKNOWN it is `last_seen` */
    uint64_t cpu;           /* ns that its threads had used at its end; 0: not known */
    uint64_t unseen_cpu;    /* of that, what threads had used of which there is nothing else */
    bool cpu_has_childrens; /* that of children it waited for, also before exec, is in it */
    bool had_child;         /* it has waited for the end of one */
    struct thread *reaper;  /* that has waited for its end; NULL: none is known */
    uint64_t reaped;        /* ns: when that one knew of it */
    bool cut;               /* recording ended before it did */
    uint64_t cut_at;        /* ns: the last record that a thread of it made */

    struct module *modules; /* none: those of its parent, of which it is a fork */
    size_t module_count;
    size_t module_capacity;
    uint64_t forked;            /* ns: when it made its last fork; 0: none is known */
    uint32_t parent_pid;        /* of whoever was its parent when it began; 0: not known */
    struct process *parent;     /* NULL: not known, or another program */
    unsigned parent_generation; /* of its modules, when this one began */
    unsigned generation;        /* raised when a module takes the place of another */

    size_t open_streams;
    struct thread *threads;
    struct map connections; /* by descriptor */
    size_t accepted;        /* of them, those that it has accepted, and the most at once: */
    size_t accepted_most;
    struct channels channels;
    struct map descriptors;    /* what they are, in words, where it is told */
    struct map by_tid;         /* its threads */
    struct thread *main;       /* NULL: not recorded */
    struct site *exit;         /* where it was ended from; NULL: it was not, or it is not known */
    struct thread *last_ended; /* of those that ended themselves */
    struct kept kept;
};

struct process *process_create(size_t number, size_t directory, uint32_t pid, uint64_t start);
void process_destroy(struct process *process);

void process_add_module(struct process *process, const struct trace_module *record);

/* Whether it ran on while nothing was recorded, for nobody knows how long. */
static inline bool process_is_open_ended(const struct process *process)
{
    return process->cut && process->fate == FATE_UNKNOWN;
}

/* The module that had an address in a generation, or NULL. */
const struct module *process_module(const struct process *process, unsigned generation,
                                    uint64_t address);

/* The file name of that module; "" where there is none. */
const char *process_module_name(const struct process *process, unsigned generation,
                                uint64_t address);

/* The file name of its program, without a folder; "" where it is not known. */
const char *process_file_name(const struct process *process);

/* The language of a program that is an interpreter whose stacks end in its own functions
 * ("ruby3.1", "java"), or NULL. */
const char *process_language(const struct process *process);

/* Whether a module of this file name is CPython: "python3.11", "libpython3.11.so.1.0". */
bool module_is_python(const char *name);

/* The same of PyPy: "libpypy3.9-c.so". */
bool module_is_pypy(const char *name);

/* The same of Ruby: "ruby3.1", "libruby-3.1.so.3.1". */
bool module_is_ruby(const char *name);

/* The same of Ruby 3.1 alone. */
bool module_is_ruby_3_1(const char *name);

#endif
