/*
 * thread.h: what the shim keeps per thread, in one block of thread-local storage.
 *
 * Initial-exec and without destructors, so that a hook may use it from the first instruction of a
 * thread to the last. The layers above own what the pointers lead to.
 *
 * Hook state belongs to strands, not threads: which call is outermost, which memory gethostbyname
 * last returned. A task may be switched in the middle of a hook. docs/per-thread.md says what else
 * is moved at a switch.
 */
#ifndef SYS_THREAD_H
#define SYS_THREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct host;
struct scheduler;
struct thread_log;

/* A frame of ours on some stack of the program, which may be gone: call/frame.h. */
struct frame {
    uintptr_t at;  /* 0: none */
    uint64_t mark; /* what is there, while it is the same */
};

/* Handlers of the program's that a thread has run so far. */
struct signal_counts {
    uint32_t all;
    uint32_t restart; /* of them those with SA_RESTART */
};

/*
 * A strand makes calls one after the other: a task, or a thread outside of tasks. What a hook must
 * remember from entry to return is kept here and not in the thread, because another task may run in
 * between.
 */
struct strand {
    struct frame outermost;       /* the hooked call in progress (struct call) */
    void *host_result;            /* from malloc: what its last gethostbyname returned, or NULL */
    uint32_t task;                /* number of the task, 0: the thread itself */
    struct signal_counts signals; /* its thread's, when its call in progress began */
    bool waits_for_lock;          /* others must run meanwhile: one of them may have it */
    bool insists;                 /* the same, whatever speaks against it */
    unsigned refusal;             /* enum trace_refusal of its last wait; 0: it was parked */
    const char *refuser;          /* the module that it was for, or NULL */
    char address[16];             /* in words: the result of its last inet_ntoa */
    /* Initialisers that it runs; see call/initialiser.h. */
    struct frame initialiser; /* the innermost that is a call */
    uintptr_t guards_at;      /* where the outermost of a static variable began */
    uint32_t guards;          /* static variables being initialised */
};

/* The innermost signal handler of the program that runs in a thread. See call/handler.c. */
struct running_handler {
    struct frame frame;          /* .at is 0: none */
    const struct strand *strand; /* whom it interrupted */
};

struct thread {
    struct strand *strand; /* who runs now; NULL until the first hook: `self` */
    struct strand self;
    struct scheduler *scheduler; /* NULL until the thread spawns a task */
    struct thread_log *log;      /* NULL until the first recorded event */
    /* Who may have coroutines here, all of which are one strand; NULL: nobody. host/host.h */
    const struct host *host;
    struct running_handler handler;
    uint64_t marks; /* the last that was given to a frame */
    struct signal_counts signals;
    uint32_t turns;     /* thread_turn */
    uint32_t exclusive; /* locks held that take all of the thread's strands for one owner */
    unsigned in_loader; /* walks over the objects that it is in: sys/elf.c */
    bool is_watched;    /* thread_watch_exit has been here; in a forked child as well */
    bool has_loader;    /* the loader's lock, when it forked last: sys/loader_lock.h */
    bool passing;       /* every call is the real one: see thread_passing */
    /* A handler runs on a stack of its own, which is small: so is every call there. 0: none. */
    uintptr_t alternate_begin, alternate_end;
    struct forking *forking; /* a fork that is in libc, see call/forking.h */
};

extern __thread struct thread this_thread __attribute__((tls_model("initial-exec")));

/*
 * Whether the calling code has thread-local variables. A child that clone gave any piece of memory
 * for them (CLONE_SETTLS; so makes Chromium's sandbox a child that changes the root and ends) can
 * call libc where that touches none, errno included. On x86-64 such a piece does not point to
 * itself; elsewhere nothing tells it.
 */
static inline bool thread_has_variables(void)
{
#ifdef __x86_64__
    void *self;
    __asm__("movq %%fs:0, %0" : "=r"(self));
    return __builtin_expect(self != NULL, 1);
#else
    return true;
#endif
}

/* Whether the calling code may be in a handler. Sometimes so when one was left by siglongjmp, until
 * the thread's next call. */
static inline bool thread_in_handler(const struct thread *thread)
{
    return thread->handler.frame.at != 0;
}

/* Whether the calling code stands on a handler's own stack. */
static inline bool thread_on_alternate(struct thread *thread)
{
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    if (__builtin_expect(thread->alternate_end == 0, 1))
        return false;
    if (here >= thread->alternate_begin && here < thread->alternate_end)
        return true;
    thread->alternate_end = 0; /* left by siglongjmp */
    return false;
}

static inline struct strand *thread_strand(struct thread *thread)
{
    if (!thread->strand)
        thread->strand = &thread->self;
    return thread->strand;
}

/* Another strand of the thread may have run since its last call, or is about to. */
static inline void thread_turn(struct thread *thread)
{
    thread->turns++;
}

/*
 * Whether each call of the calling thread is the real one, as of a helper thread of ours, of a
 * thread at its end, or of a child that has its parent's thread until it is another program. The
 * place stays the thread's; where there are no variables it is one that means nothing.
 */
bool *thread_passing(void) __attribute__((visibility("hidden")));

/*
 * Calls `leave` when the calling thread ends, after most destructors of its thread-specific data.
 * From then on the thread is `passing`. Set once, by the library's constructor.
 */
void thread_on_exit(void (*leave)(struct thread *thread));

/* Has the calling thread's end noticed. Cheap when it is already. */
void thread_watch_exit(struct thread *thread);

#endif
