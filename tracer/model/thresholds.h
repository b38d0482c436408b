/*
 * thresholds.h: every number that a report's judgement depends on, with its reason. The rules that
 * use them are in docs/accounting.md; the JSON report has those of THRESHOLDS, so that a figure can
 * be understood without the source. Of the shim there are two, in trace_format.h:
 * TRACE_LONG_CALL_NS, from which on a call has its stack and counts as blocking, and
 * TRACE_COMPUTED_NS, after which a thread says at its next call what it has used.
 */
#ifndef MODEL_THRESHOLDS_H
#define MODEL_THRESHOLDS_H

#include <greq/trace_format.h>

/* --- who waits: S --- */

/* A peer of TLS sends its session tickets when the handshake is over for it, a way there and back
 * later; the kernel's clock for what comes is not more exact than this. */
#define TICKET_NS 10000000

/* A call that stood in the run queue for most of its time did not wait for what it is about. */
#define QUEUED_SHARE 0.5

/* --- computing: C --- */

/* What was computed between two long calls is not worth a piece if it is shorter: that is about
 * what the calls themselves take, and their records. */
#define STRETCH_MIN_NS 100000

/* What a program computes before it opens its first connection is its start, if it is no more:
 * node loads a module or ten meanwhile. */
#define START_COMPUTED_S 0.1

/* A server that is asked by many at once always has some that wait while it does a little for
 * another: that is its work. Long rounds that somebody waited for must come to so much of what
 * others waited for. */
#define ROUNDS_SHARE 0.5

/* --- loops: L --- */

/* A program that waits for many once may be waiting for its children, or for the end. */
#define LOOP_WAITS_MIN 2

/* --- pools: P --- */

/* A limit that binds is reached most of the time. Ramp-up and the last requests take the rest. */
#define POOL_PEAK_SHARE 0.6

/* Whoever waits in a queue starts as soon as a place is free: a hand-over between threads, with a
 * connect, a handshake on the same host and a preempted thread, takes no longer than this. */
#define POOL_PROMPT_NS 30000000

/* Of any other call: it is made by the next thread that runs, and connects to nobody first. */
#define POOL_CALL_PROMPT_NS 5000000

/* But on a busy machine that thread runs later. What comes so soon beside what the calls take comes
 * seldom by chance. */
#define POOL_CALL_PROMPT_SHARE 0.05

/* So many of those that started at the peak did so promptly. */
#define POOL_PROMPT_SHARE 0.8

/* A pool of one connection: so many of the later requests are by another thread than the one
 * before. Its lock need not be fair, so a thread may have its turn again. */
#define POOL_TURNS_SHARE 0.5

/* Of fewer, each may be by chance. */
#define POOL_REFILLS_MIN 2

/* --- requests in a row: R --- */

/* Of a row of which one request takes nearly all the time the others save next to nothing. */
#define SERIAL_SAVED_SHARE 0.1

/* --- shapes: F --- */

/* A program that opens a connection twice has no habit yet. */
#define RECONNECTS_MIN 3

/* Clients wait a second for leave to send the rest of a request, and then send it all the same. */
#define EXPECT_MIN_NS 950000000
#define EXPECT_MAX_NS 1150000000

/* A write that is smaller than a packet waits for the one before it to be acknowledged, which the
 * other side delays by no more than this. */
#define NAGLE_MAX_BYTES 1448
#define NAGLE_MAX_NS    250000000

/* libc waits so long for a name server, and asks the next one then (resolv.conf(5)). */
#define RESOLVER_TIMEOUT_NS 5000000000
#define RESOLVER_LATE_NS    250000000 /* for the answer of that one */

/* --- addresses: D --- */

/* Who has tried several addresses gives up the others when one has opened: by then, on a busy
 * machine. */
#define OVERTAKEN_NS 200000000

/* --- idle: I --- */

/* A call site at which hardly anything else was waited for. */
#define IDLE_SHARE 0.95

/* --- the critical path: Z --- */

/* What a thread that only ticks (the one of GHC's runtime) does besides takes 1 % of its time; who
 * has something to do at each tick takes more. */
#define TICKER_SHARE 0.95

/* --- locks: K --- */

/* Whoever lets go of a lock has mostly waited for it before, all but the first; who posts work to a
 * queue mostly has not, though a worker may hand some on. */
#define WAKERS_SHARE 0.6

/* A chain of holders that wait for holders is followed so far. */
#define CONVOY_HOPS_MAX 8

/* Whoever waits for a file's lock gets it a little after it was let go. So little is no finding of
 * its own beside what the holder was blocked in. */
#define LOCK_REST_SHARE 0.1

/* --- the interpreter's lock: G --- */

/* Bytes. A thread of Ruby 3.1 has its own condition and mutex within 200; what lies in two objects
 * seldom lies so close. */
#define RUBY_OBJECT_SIZE 512

/* --- the judgement: J --- */

/* Less than both of these is noise: a thread is preempted, an answer is read a little later. */
#define NOISE_S     0.005
#define NOISE_SHARE 0.01

/* Whether requests are independent, or the other side can bear more of them, no trace can tell.
 * What may be no fault at all ranks by so much of its time. */
#define ASSUMED_WEIGHT 0.5

/* --- trust: T --- */

/* Less time off the CPU is not worth a share: a program starts, reads its files and ends. */
#define OFF_CPU_MIN_S 0.010

/* The clock by which the kernel says when data came ticks so often. */
#define ARRIVAL_PRECISION_S 0.004

/* X(key in the JSON report, value there) */
#define THRESHOLDS(X)                                   \
    X("blocking_s", TRACE_LONG_CALL_NS / 1e9)           \
    X("computed_s", TRACE_COMPUTED_NS / 1e9)            \
    X("stretch_s", STRETCH_MIN_NS / 1e9)                \
    X("rounds_share", ROUNDS_SHARE)                     \
    X("start_computed_s", START_COMPUTED_S)             \
    X("queued_share", QUEUED_SHARE)                     \
    X("tls_ticket_s", TICKET_NS / 1e9)                  \
    X("loop_waits", LOOP_WAITS_MIN)                     \
    X("pool_peak_share", POOL_PEAK_SHARE)               \
    X("pool_prompt_s", POOL_PROMPT_NS / 1e9)            \
    X("pool_call_prompt_s", POOL_CALL_PROMPT_NS / 1e9)  \
    X("pool_call_prompt_share", POOL_CALL_PROMPT_SHARE) \
    X("pool_prompt_share", POOL_PROMPT_SHARE)           \
    X("pool_turns_share", POOL_TURNS_SHARE)             \
    X("pool_refills", POOL_REFILLS_MIN)                 \
    X("serial_saved_share", SERIAL_SAVED_SHARE)         \
    X("reconnects", RECONNECTS_MIN)                     \
    X("expect_min_s", EXPECT_MIN_NS / 1e9)              \
    X("expect_max_s", EXPECT_MAX_NS / 1e9)              \
    X("nagle_bytes", NAGLE_MAX_BYTES)                   \
    X("nagle_s", NAGLE_MAX_NS / 1e9)                    \
    X("resolver_timeout_s", RESOLVER_TIMEOUT_NS / 1e9)  \
    X("resolver_late_s", RESOLVER_LATE_NS / 1e9)        \
    X("overtaken_s", OVERTAKEN_NS / 1e9)                \
    X("idle_share", IDLE_SHARE)                         \
    X("lock_wakers_share", WAKERS_SHARE)                \
    X("lock_rest_share", LOCK_REST_SHARE)               \
    X("lock_holders", CONVOY_HOPS_MAX)                  \
    X("ruby_object_bytes", RUBY_OBJECT_SIZE)            \
    X("noise_s", NOISE_S)                               \
    X("noise_share", NOISE_SHARE)                       \
    X("assumed_weight", ASSUMED_WEIGHT)                 \
    X("off_cpu_s", OFF_CPU_MIN_S)                       \
    X("arrival_precision_s", ARRIVAL_PRECISION_S)

/* --- bounds of memory: what is beyond is not told apart, or counts from the oldest kept --- */

enum {
    PEERS_MAX = 4096,             /* each with whether it has a pool */
    BLOCKING_CALLS_MAX = 1 << 14, /* of a site on a thread, that somebody may have waited behind */
    LOOP_SITES_MAX = 1024,        /* that blocked a thread between two waits for many */
    MARKS_MAX = 1024,             /* parts of the program that it has named */
    LOOP_CALLERS_MAX = 16,        /* places where a thread waits for descriptors */
    LOOP_SETS_MAX = 64,           /* epoll sets of a process */
    LOCKS_MAX = 4096,
    HANDOVERS_MAX = 64,    /* of a lock */
    GIVEN_UP_MAX = 1024,   /* waits for locks of files that got none */
    CONVOYS_MAX = 1 << 14, /* call sites that waited behind another one for a lock */
    DEAD_PEERS_MAX = 1024, /* addresses that did not answer */
    GAPS_MAX = 1024,       /* places where time was not seen */
    SERIALS_MAX = 1024,    /* rows of requests one after another */
    TEXTS_MAX = 1 << 14,   /* names, addresses, methods and paths */
    LOOKUPS_KEPT = 256,    /* addresses that a process has found last */
    REQUEST_ROWS_MAX = 1024,
    SHAPES_MAX = 1024,           /* peers and names, for each shape */
    CALL_POOLS_MAX = 256,        /* places of long calls that may be limited */
    CALL_POOL_THREADS_MAX = 256, /* of a place: a limit of as many or more is not seen by turns */
    INTERPRETER_KEPT =
        64, /* waits for the lock of a process's interpreter, and what was computed */
};

#endif
