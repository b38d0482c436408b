/*
 * diagnosis.h: what the doctor finds out about a program, or about a process: whether the preload
 * reaches it, and what will be seen there. Nothing of the program itself is run.
 *
 * The order of a process's modules is worked out as the loader does it (program, preloads,
 * DT_NEEDED breadth first; what is left was opened at run time): the loader's own list is in the
 * process's memory, which needs the right to ptrace.
 */
#ifndef DOCTOR_DIAGNOSIS_H
#define DOCTOR_DIAGNOSIS_H

#include "base/error.h"
#include "doctor/catalogue.h"
#include "doctor/object.h"
#include "doctor/self_test.h"
#include "launch/target.h"

#include <limits.h>
#include <sys/types.h>

enum verdict { VERDICT_REACHED, VERDICT_IN_PART, VERDICT_NOT };

/* What a finding means for the verdict. */
enum weight {
    FINDING_OBSTACLE, /* the program is not reached */
    FINDING_BYPASS,   /* some of its calls are not */
    FINDING_NOTE      /* good to know */
};

struct finding {
    enum weight weight;
    const char *word; /* for programs: "static", "interposed"; fixed, one for each kind */
    char *text;       /* for people, with what to do about it */
};

/* The libgreq.so in question: the one that greq would preload, or the one that the process has. */
struct diagnosed_library {
    char path[PATH_MAX]; /* "" when there is none */
    bool loaded;         /* a process has it; a program would have it, says the loader */
    bool is_other;       /* the process has another file than the one that greq would preload */
    int format;          /* of the traces that it writes; 0: not known */
    char version[64];    /* "0.1.0, commit 0123456789ab", or "" */
    char build_id[2 * 20 + 1]; /* or "" */
};

struct diagnosis {
    pid_t pid;            /* 0: a program */
    struct target target; /* of a process only its program; without steps if it is not executable */
    struct diagnosed_library library;
    struct catalogue catalogue;

    /* In the order in which symbols are looked up, the program first; those that were opened at run
     * time, which only a process has, behind them. Empty when nothing can be said. */
    struct object *objects;
    size_t object_count, object_capacity;

    char **variables; /* "GREQ_PATCH=...": of the process, or those that a program would get */
    size_t variable_count, variable_capacity;

    struct finding *findings; /* by weight */
    size_t finding_count, finding_capacity;
    struct self_test self_test;
};

/*
 * Examines a program, found as execvp(3) does, with this process's environment.
 *
 * `diagnosis` must be zeroed. Returns 0; or -1 with `error` set: there is no such program. The
 * caller releases `diagnosis` with diagnosis_finish in either case.
 */
int diagnosis_of_program(struct diagnosis *diagnosis, const char *name, struct error *error);

/*
 * Examines a running process by what /proc tells of it. As above; -1: there is no such process, or
 * it must not be looked at.
 */
int diagnosis_of_process(struct diagnosis *diagnosis, pid_t pid, struct error *error);

enum verdict diagnosis_verdict(const struct diagnosis *diagnosis);

/* The first finding that is worth `weight`, or NULL. */
const struct finding *diagnosis_first(const struct diagnosis *diagnosis, enum weight weight);

/* The module of libgreq.so, or NULL. */
const struct object *diagnosis_greq(const struct diagnosis *diagnosis);

/* Whether any module imports a function of the catalogue. */
bool diagnosis_imports(const struct diagnosis *diagnosis, size_t function);

void diagnosis_finish(struct diagnosis *diagnosis);

/* --- for the parts of the doctor --- */

void diagnosis_add(struct diagnosis *diagnosis, enum weight weight, const char *word,
                   const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Room for the next module, to be filled by object_make. */
struct object *diagnosis_add_object(struct diagnosis *diagnosis);

/* Keeps an entry of an environment if it is a variable of greq's. */
void diagnosis_add_variable(struct diagnosis *diagnosis, const char *entry);

/* Tests the library at diagnosis->library.path, if there is one; a failure is a finding. */
void diagnosis_test_library(struct diagnosis *diagnosis, enum weight failure);

/* Finds out of `file`, a libgreq.so, which traces it writes. */
void diagnosis_read_library(struct diagnosis *diagnosis, const char *file);

#endif
