/*
 * blame.h: the judgement on a run: the figures of a report, drawn from the accounts. Prints nothing
 * and reads nothing but the model and its accounts.
 *
 * The words are those of docs/accounting.md. In short: while a call blocks its thread,
 * other connections of that thread may have something for the program to do and wait for it.
 * `serialized` is how long that was so, `waiting` the same times the connections that waited.
 */
#ifndef BLAME_BLAME_H
#define BLAME_BLAME_H

#include "account/accounts.h"
#include "model/model.h"

/* What is wrong with a run, or right, as bits. */
enum pattern_number {
#define PATTERN(id, ...) PATTERN_NUMBER_##id,
#include "blame/findings.def"
    PATTERN_COUNT,
};
enum pattern {
#define PATTERN(id, ...) PATTERN_##id = 1 << PATTERN_NUMBER_##id,
#include "blame/findings.def"
};

/* A connection that waited for the program while a call blocked its thread. */
struct blame_victim {
    uint64_t connection; /* its number, from 1 */
    const char *peer;
    double waited_s;
};

/* One function from one symbolised stack. */
struct blamed_call {
    const struct call_group *group;
#define FIGURE(name, ...) double name; /* base/figures.def */
#include "base/figures.def"
#undef FIGURE
    struct booked_on serialized_on, loop_on; /* whose time that is */
    double rank_s; /* serialized_s and computing_s; what a wait for a lock serialized counts for its
                      holder */
    const struct call_group *inner; /* of a wait for the end of a thread or child: what that one was
                                       in longest, or NULL */
    double inner_s;
    bool awaits_interpreter;      /* it waits for the interpreter's lock */
    uint64_t interpreter_waits;   /* for that lock, while was computed what ended here */
    const char *excused[FIGURES]; /* why what it comes to is no finding; NULL: it is one, or is
                                     little */
    bool is_idle;                 /* it waited for work, which holds up nobody: comes last */
    unsigned patterns;            /* enum pattern: those that this call has a part in */
    const struct blame_victim *victims; /* worst first; the worst ones only */
    size_t victim_count;
    uint64_t victims_in_all; /* waits behind this call, those not listed included */
    uint64_t woken;          /* wake-ups and timers of the thread's own that waited behind it */
};

/* What speaks for a finding: a number, or a text. */
enum fact_unit { FACT_COUNT, FACT_SECONDS, FACT_SHARE, FACT_TEXT };
struct blame_fact {
    const char *name; /* in the sentence of blame/findings.def, and in the JSON report */
    enum fact_unit unit;
    double number;
    char *text; /* of FACT_TEXT, else NULL */
};

/* What was found, as data: render/sentence.h has the words. Worst first. Texts may hold names from
 * the trace, so whoever prints them cleans them. */
enum finding_kind {
#define FINDING(id, ...) FINDING_##id,
#include "blame/findings.def"
};
enum { FACTS_MAX = 9 };
struct blame_finding {
    enum finding_kind kind;
    enum pattern pattern;
    const struct blamed_call *call; /* NULL: it is not about one call */
    double seconds;                 /* what it comes to */
    double elsewhere_s;             /* what later ones about the same line come to */
    size_t first;                   /* of those about the same line; its own place: it is that */
    bool is_noise;                  /* it comes to next to nothing: never the first */
    struct blame_fact facts[FACTS_MAX];
    size_t fact_count;
    char *remedy;                      /* a sentence */
    const struct blame_serial *serial; /* of PATTERN_SERIAL, else NULL */
};

/* What requests that went one after another would have taken with several in flight. It holds only
 * if they are independent, which no trace can tell. */
enum { BLAME_WIDTHS = SERIAL_WIDTHS };
#define blame_widths serial_widths /* 2, 4, 8, 16 and 0: all */
struct blame_serial {
    const char *host;               /* the peer */
    const struct blamed_call *call; /* that waited for the answers; NULL: not known */
    const struct process *process;  /* the first that made them */
    uint64_t requests;
    size_t processes;            /* that made them, each one after another */
    double waited_s;             /* all their waits: connect, handshake, answer */
    double longest_s;            /* the longest of these */
    double wall_s[BLAME_WIDTHS]; /* the whole run's estimated wall time */
};

/* Threads that waited for a lock, and the call that its holder, or who was to wake them, was in. */
struct blame_convoy {
    uint64_t address;                 /* of the lock that was waited for longest */
    const char *path;                 /* of its file; empty: not known; NULL: it is in memory */
    uint32_t holder_pid;              /* of a file's lock; 0: several, or not known */
    bool is_traced;                   /* that process */
    const struct blamed_call *waiter; /* NULL: not known, as below */
    struct blamed_call *holder;
    double seconds; /* lock-seconds */
    uint64_t waits;
    bool knot; /* deadlock-like cycle */
};

/* A part of the critical path: what the run waited for, and how often. */
enum { BLAME_SEGMENTS = 10 };
struct blame_segment {
    enum piece_kind kind;
    const struct blamed_call *call; /* or NULL */
    const char *peer;               /* or NULL: none, or not known */
    double begun_s;                 /* since the run began */
    double seconds;
    uint64_t count;
};

/* A thread that repeatedly waits for many descriptors or tasks. */
struct blame_loop {
    uint32_t pid;
    uint32_t thread;
    const char *name;
    uint64_t waits;
    double blocked_s; /* in other calls between two of these waits */
};

/* What a call of a part came to there. */
struct blame_part_call {
    const struct blamed_call *call;
    uint64_t count;
    double blocked_s;
    double parked_s;
    double longest_s;
#define FIGURE(name, ...) double name; /* base/figures.def */
#include "base/figures.def"
#undef FIGURE
};

/* A part that the program has named by greq_mark. Its figures are those of the calls that were made
 * in it, whoever was held up. */
struct blame_part {
    const char *name;
    uint64_t count;                    /* times that it was named */
    double wall_s;                     /* that at least one thread or task was in it */
    double longest_s;                  /* of one stay */
    double blocked_s;                  /* of its calls */
#define FIGURE(name, ...) double name; /* base/figures.def */
#include "base/figures.def"
#undef FIGURE
    struct blame_part_call *calls; /* worst first */
    size_t call_count;
};

/* A reason why a call that was patched was made as it is, and how often. */
struct blame_fall_through {
    const char *reason;
    uint64_t count;
};

/* What the figures are worth. */
struct blame_trust {
    uint64_t threads;
    double thread_s;    /* the time of all threads, each from its begin to its end */
    double cpu_s;       /* part of it: on a processor */
    double off_cpu_s;   /* and off it; without `run_queue_s` */
    double seen_s;      /* part of that: in hooked calls, or idle */
    double idle_s;      /* part of that: in waits for many, or because all tasks were parked */
    double unseen_s;    /* in no hooked call */
    double not_known_s; /* nobody counted what it was */
    double run_queue_s; /* ready to run, and waiting for a processor */
    bool run_queue_known;
    double arrival_precision_s; /* how exactly it is known when data came; 0: nothing depends on
                                   a clock of the kernel */
    uint64_t arrivals;          /* answers and requests that were read */
    uint64_t arrivals_early;    /* of them, those that had come before the read */
    uint64_t arrivals_unknown;  /* of these, when is not known */
    struct blame_fall_through *fall_throughs; /* most frequent first */
    size_t fall_through_count;
};

/* The keys of the JSON report. Seconds; shares are fractions. */
struct blame {
    double wall_s;
#define FIGURE(name, ...) double name; /* the sums over all calls */
#include "base/figures.def"
#undef FIGURE
    double effective_concurrency;
    uint64_t peak_in_flight;
    double what_if_s;            /* estimated wall time with the blamed calls cooperative */
    bool is_server;              /* it mostly served others, whose pace its wall time is */
    unsigned pool_limit;         /* of PATTERN_POOL, else 0 */
    uint64_t shared_connections; /* in which two tasks met */
    double coverage; /* of the time off the CPU, the part that was seen; 1 when there was none */
    bool coverage_unknown; /* a process ran on unrecorded, nobody knows for how long: it is 0 */
    uint64_t events;
    uint64_t lost;
    uint64_t cut;              /* processes whose recording ended before they did */
    unsigned patterns;         /* enum pattern */
    struct blamed_call *calls; /* worst first */
    size_t call_count;
    struct victims *victims;        /* those of the calls, by the number of the group */
    struct blame_finding *findings; /* worst first */
    size_t finding_count;
    struct blame_serial *serials; /* longest waits first */
    size_t serial_count;
    struct blame_segment segments[BLAME_SEGMENTS]; /* in their order; they add up to `wall_s` */
    size_t segment_count;
    struct blame_convoy *convoys; /* worst first */
    size_t convoy_count;
    struct blame_loop *loops; /* most blocked first */
    size_t loop_count;
    struct blame_part *parts; /* worst first */
    size_t part_count;
    struct blame_trust trust;
};

/* The rule by which a connection that was opened and not used yet waits for the program, or does
 * not: a sentence for reports. */
extern const char blame_idle_rule[];

/* Judges a symbolised model, which must outlive the blame. The caller releases it with
 * blame_finish. */
void blame_compute(struct blame *blame, const struct model *model, const struct accounts *accounts);

/* The call of a site, of any of its parts; NULL: there is none, or the site is NULL. */
struct blamed_call *blame_call_of(const struct blame *blame, const struct site *site);

void blame_finish(struct blame *blame);

#endif
