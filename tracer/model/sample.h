/*
 * sample.h: what the kernel says of a thread's time, at a moment.
 */
#ifndef MODEL_SAMPLE_H
#define MODEL_SAMPLE_H

#include <stdint.h>

struct site;

#define SAMPLE_UNKNOWN UINT64_MAX

enum sample_kind {
    SAMPLE_BEGIN,    /* of the thread: what it had used before */
    SAMPLE_CALL,     /* a long call has returned */
    SAMPLE_COMPUTED, /* a call begins, or an end, or exec, a while after the last long one */
    SAMPLE_END,      /* of the thread, or of its process: it used nothing after this */
};

/* Times in ns. */
struct sample {
    enum sample_kind kind;
    uint64_t time;
    uint64_t cpu;        /* that it has used so far */
    uint64_t run_queue;  /* that it was ready, and waited for a processor; or SAMPLE_UNKNOWN */
    uint64_t call_begin; /* of SAMPLE_CALL: of that call, if it is known, else 0 */
    struct site *site;   /* of that call, or of SAMPLE_COMPUTED: of the call that begins; where the
                            process was ended from, of SAMPLE_END; or NULL */
    int fd;              /* and its descriptor, or -1 */
};

#endif
