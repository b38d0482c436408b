/*
 * trace_format.h: the layout of a trace, the one thing that libgreq.so and greq share.
 *
 * A trace is a directory in Common Trace Format 1.8 (https://diamon.org/ctf/v1.8.3/). It holds
 *
 *     metadata                  TSDL text; the same bytes for every process of one version
 *     PID.START.THREAD.CHUNK    chunks: START is the process's start in hexadecimal nanoseconds,
 *                               THREAD counts the threads of the process, CHUNK those of the thread
 *     PID.START.process.0       the process's own stream: what it is, and its modules. Its first
 *                               thread has those records at the begin of its own stream; before
 *                               that chunk is deleted they are copied here, and here is what other
 *                               threads have to say of the process, and which modules are loaded
 *                               later. A forked child without modules has its parent's
 *     .end.PID                  how the process that greq itself started ended: one line of text,
 *                               "TIME CPU exited STATUS" or "TIME CPU killed SIGNAL", both times
 *                               in ns, CPU that of the process and the children it waited for.
 *                               Hidden from CTF readers; it may be missing
 *     .hello                    what that file is before: a line for each process that has started
 *
 * Each chunk is one CTF packet, and fills its file: struct trace_packet, then records up to
 * `content_bits`, then space not yet used. The writer maps the file and stores content_bits after
 * each record, so what was recorded survives a SIGKILL. A stream's oldest chunks may have been
 * deleted to keep it bounded; `events_discarded` then says how many records are gone.
 *
 * All integers are little-endian and aligned to their size; every record starts at a multiple of 8.
 * What lies between a text and the next such multiple is padding, and does not count to the content
 * when it is the last record that it follows: CTF readers would look for another event there. Times
 * are nanoseconds of CLOCK_MONOTONIC. Within a stream the records are ordered by their time.
 *
 * A record of a call is written when the call begins and completed in place when it returns, so a
 * call that never returned is there as well: its duration is TRACE_IN_PROGRESS.
 */
#ifndef GREQ_TRACE_FORMAT_H
#define GREQ_TRACE_FORMAT_H

#include <stdint.h>

/* Raised with every change that an older reader would misread. Found in the metadata as
 * `greq_format = N;` and in every packet. */
#define TRACE_FORMAT_VERSION 6

#define TRACE_CTF_MAGIC      0xC1FC1FC1u
#define TRACE_IN_PROGRESS    UINT64_MAX
#define TRACE_PROCESS_THREAD UINT32_MAX /* `thread` of the process's own stream */
#define TRACE_MAX_FRAMES     64
#define TRACE_MAX_WATCHED    64
#define TRACE_MAX_UNREAD     64
#define TRACE_UNREAD_SOME    UINT32_MAX /* `bytes` of what can be read: not counted */
#define TRACE_LONG_CALL_NS   1000000 /* a call this long gets a long_call record with its stack */
#define TRACE_COMPUTED_NS    5000000 /* a stretch this long without a sample ends in one */

/* The start of every chunk file: CTF packet header and packet context. */
struct trace_packet {
    /* packet header */
    uint32_t magic;     /* TRACE_CTF_MAGIC */
    uint32_t stream_id; /* 0: there is one class of streams */
    uint64_t instance;  /* the same in all chunks of one stream, and in no other */
    /* packet context */
    uint64_t content_bits;     /* size of what is valid, in bits, this struct included */
    uint64_t packet_bits;      /* size of the file, in bits */
    uint64_t begin;            /* a time not after the first record's */
    uint64_t events_discarded; /* records of this stream lost before this chunk's end */
    uint64_t process_start;    /* ns; with pid it identifies the process */
    uint32_t pid;
    uint32_t tid;
    uint32_t thread;  /* counts from 0, the main thread, or TRACE_PROCESS_THREAD */
    uint32_t chunk;   /* counts from 0 within the stream */
    uint32_t version; /* TRACE_FORMAT_VERSION */
    uint32_t flags;   /* enum trace_packet_flags */
};

enum trace_packet_flags {
    /* In the last chunk of a stream, and in the process's own: there was no room for more. */
    TRACE_PACKET_CUT = 1,
};

enum trace_event_id {
    TRACE_CALL = 1,      /* struct trace_call */
    TRACE_LONG_CALL,     /* struct trace_long_call + frames */
    TRACE_WATCH,         /* struct trace_watch + descriptors */
    TRACE_PEER,          /* struct trace_peer + text */
    TRACE_NAME,          /* struct trace_name + text */
    TRACE_IDLE,          /* struct trace_idle */
    TRACE_TASK_START,    /* struct trace_task_start */
    TRACE_TASK_END,      /* struct trace_task_end */
    TRACE_THREAD_START,  /* struct trace_thread_start + text */
    TRACE_THREAD_END,    /* struct trace_thread_end */
    TRACE_PROCESS_START, /* struct trace_process_start + texts */
    TRACE_PROCESS_END,   /* struct trace_process_end */
    TRACE_MODULE,        /* struct trace_module + text */
    /* since version 2 */
    TRACE_PYTHON_STACK, /* struct trace_python_stack + text */
    TRACE_LOCK,         /* struct trace_lock */
    TRACE_EPOLL,        /* struct trace_epoll */
    TRACE_UNREAD,       /* struct trace_unread + descriptors */
    TRACE_COUNT,        /* struct trace_count + text */
    TRACE_REFUSER,      /* struct trace_refuser + text */
    /* since version 4 */
    TRACE_ADDRESS,   /* struct trace_address + text */
    TRACE_SAMPLE,    /* struct trace_sample + frames */
    TRACE_HTTP,      /* struct trace_http + text */
    TRACE_FILE_LOCK, /* struct trace_file_lock + text */
    TRACE_CHANNEL,   /* struct trace_channel */
    TRACE_TIMER,     /* struct trace_timer */
    TRACE_SHARED,    /* struct trace_shared */
    TRACE_TASK_NAME, /* struct trace_task_name + text */
    TRACE_HOST,      /* struct trace_host + text */
    TRACE_MARK,      /* struct trace_mark + text */
    /* since version 5 */
    TRACE_DESCRIPTOR, /* struct trace_descriptor + text */
    TRACE_MUTEX,      /* struct trace_mutex */
};

/* The start of every record: CTF event header and event context. */
struct trace_record {
    uint64_t time; /* ns */
    uint32_t id;   /* enum trace_event_id */
    uint32_t
        task; /* 0: none, the thread itself; else the number of a task, unique in its process */
};

enum trace_call_flags {
    /* Waits of this call park the task: its function is patched and a host had a task to park. */
    TRACE_FLAG_COOPERATIVE = 1,
    /* The thread had tasks while the call was made. Without COOPERATIVE: the call held them up. */
    TRACE_FLAG_HAD_TASKS = 2,
    /* It is in a struct trace_shared. A long_call record follows, however short it was. */
    TRACE_FLAG_SHARED = 4,
};

/*
 * Why a call was the real one, though its thread may have had tasks: REFUSAL(name, word, text). The
 * word is for JSON and for CTF readers. The text completes "was the real call: ...".
 */
#define TRACE_REFUSALS(REFUSAL)                                                                 \
    REFUSAL(NOT_PATCHED, "not_patched", "GREQ_PATCH leaves it out")                             \
    REFUSAL(LOGGED_ONLY, "logged_only", "greq has no other form of it")                         \
    REFUSAL(IN_HANDLER, "in_handler", "in a signal handler")                                    \
    REFUSAL(SHARED_LOCK, "shared_lock", "with a lock that takes all tasks of a thread for one") \
    REFUSAL(INITIALISER, "initialiser", "in an initialiser that runs once")                     \
    REFUSAL(LIBC_LOCK, "libc_lock", "libc must know who waits for this lock")                   \
    REFUSAL(THREAD_STATE, "thread_state", "through a module that keeps something per thread")   \
    REFUSAL(STACK_UNKNOWN, "stack_unknown", "through code that no unwind table tells of")       \
    REFUSAL(HOLDS_GIL, "holds_gil",                                                             \
            "with the interpreter's lock, where no thread could run either")                    \
    REFUSAL(RUNTIME_LOOP, "runtime_loop",                                                       \
            "in a loop of asyncio or trio, of which a thread may have one")                     \
    REFUSAL(NO_INTERPRETER, "no_interpreter", "interpreter not available")                      \
    REFUSAL(NO_HUB, "no_hub", "thread without a hub")                                           \
    REFUSAL(IN_HUB, "in_hub", "in the hub itself")                                              \
    REFUSAL(STANDARD_STREAM, "standard_stream", "standard stream")                              \
    REFUSAL(EXCLUSIVE, "exclusive", "in an RLock, an import or a buffered write")               \
    REFUSAL(NO_SWITCH, "no_switch", "in a thread's start, or in the hub's own library")         \
    REFUSAL(FORKED, "forked", "forked child whose hub has not run")                             \
    REFUSAL(FAILED, "failed", "no memory, descriptor or thread for it, or the hub refused")

enum trace_refusal {
    TRACE_REFUSAL_NONE, /* it may park, or there was nobody to leave the thread to; or not said */
#define TRACE_REFUSAL_ENUM(name, word, text) TRACE_REFUSAL_##name,
    TRACE_REFUSALS(TRACE_REFUSAL_ENUM)
#undef TRACE_REFUSAL_ENUM
        TRACE_REFUSAL_COUNT
};

/* One outermost entry into a hooked function; `time` is its begin. */
struct trace_call {
    struct trace_record head;
    uint64_t duration; /* ns from entry to return, or TRACE_IN_PROGRESS */
    uint64_t parked;   /* ns of it in which the task was parked and the thread left to others */
    int64_t result;    /* as returned; for functions that return a pointer 0 or 1 (not NULL) */
    uint64_t caller;   /* return address */
    int32_t fd;        /* the descriptor it is about, or -1 */
    int32_t error;     /* errno when it failed, else 0 */
    uint16_t call;     /* which function: see the enum in the metadata */
    uint16_t flags;    /* enum trace_call_flags */
    uint16_t refusal;  /* enum trace_refusal */
    uint16_t reserved;
};

/* Follows, in the same stream, a call that took TRACE_LONG_CALL_NS or more; `time` is its return.
 * It is about the call with the same task and begin == `call_begin`, and the last record of it. */
struct trace_long_call {
    struct trace_record head;
    uint64_t call_begin;
    uint64_t cpu;         /* ns of CPU time that the thread has used so far */
    uint32_t queued;      /* us of the call in the run queue, about; 0: none, or it is not known */
    uint32_t frame_count; /* at most TRACE_MAX_FRAMES */
    uint64_t frames[];    /* return addresses, innermost first; the hook itself is left out */
};

/* Before the call with this begin: the descriptors that a poll, select or the like watches. The
 * first TRACE_MAX_WATCHED of them. */
struct trace_watched {
    int32_t fd;
    uint32_t events; /* POLLIN, POLLOUT, ... */
};
struct trace_watch {
    struct trace_record head;
    uint64_t call_begin;
    uint32_t total; /* how many the call watches */
    uint32_t count; /* how many are listed here */
    struct trace_watched watched[];
};

enum trace_peer_role { TRACE_PEER_CONNECT = 1, TRACE_PEER_ACCEPT = 2 };

/* A descriptor got a peer: before the connect call, after the accept call that returned it.
 * Text: "127.0.0.1:443", "[::1]:443", "unix:/path", "unix:@abstract", "unix:". */
struct trace_peer {
    struct trace_record head;
    int32_t fd;
    uint32_t role; /* enum trace_peer_role */
    char text[];   /* NUL-terminated */
};

/* Before the call with this begin: the name that it looks up. */
struct trace_name {
    struct trace_record head;
    uint64_t call_begin;
    char text[];
};

/* The thread slept because all of its tasks were parked. Completed in place as a call is. */
struct trace_idle {
    struct trace_record head;
    uint64_t duration;
};

struct trace_task_start {
    struct trace_record head; /* `task` is the new task */
    uint64_t function;        /* its address */
    uint32_t parent;          /* the task that spawned it */
    uint32_t reserved;
};

struct trace_task_end {
    struct trace_record head;
};

struct trace_thread_start {
    struct trace_record head;
    char text[]; /* the thread's name */
};

struct trace_thread_end {
    struct trace_record head;
    uint64_t cpu; /* ns of CPU time that the thread used */
};

/* In the process's own stream. Texts: program (absolute path), then the command line with blanks
 * between its words, each NUL-terminated. Of its words there are the program, an interpreter's
 * script, and options by name; "…" stands for values, unless GREQ_ARGS=1 had all of them kept. */
struct trace_process_start {
    struct trace_record head;
    uint64_t realtime;    /* ns since 1970 at `time` */
    uint32_t parent_pid;  /* of a fork: the last process before it that has a trace */
    uint32_t cooperative; /* 1: greq_active() */
    char text[];
};

struct trace_process_end {
    struct trace_record head;
    uint64_t cpu;     /* ns of CPU time of all threads of the process */
    uint32_t tasks;   /* started in all */
    uint32_t dropped; /* of them unfinished at exit */
};

/* An ELF file is mapped. Repeated for modules that were loaded later. */
struct trace_module {
    struct trace_record head;
    uint64_t base;  /* load bias: address in memory minus address in the file's program headers */
    uint64_t begin; /* lowest and highest address of its segments in memory */
    uint64_t end;
    char text[]; /* absolute path */
};

/* Before the long_call record of the same call: the Python frames that made it. */
struct trace_python_stack {
    struct trace_record head;
    uint64_t call_begin;
    char text[]; /* a line for each frame, innermost first: "FILE:LINE FUNCTION\n" */
};

/* A call that waited for a lock (mutex, condition, semaphore, ...) has returned; before its
 * long_call record, if it has one. Calls that need not wait are not recorded at all. */
struct trace_lock {
    struct trace_record head;
    uint64_t call_begin;
    uint64_t address; /* of the lock */
    int32_t holder;   /* thread id of who held it when the call began; 0: not known, or nobody */
    int32_t waker;    /* thread id of who let this call go on; 0: not known */
};

/* epoll_ctl: what an epoll descriptor watches from now on. */
struct trace_epoll {
    struct trace_record head;
    int32_t epoll;
    int32_t fd;
    uint32_t op;     /* EPOLL_CTL_ADD, ... */
    uint32_t events; /* EPOLLIN, ... */
};

enum trace_unread_reason {
    TRACE_UNREAD_READ = 1, /* at the begin of a read that found data: when did it come? */
    /* at the end of a poll, select, epoll_wait that said more than one to be ready, or one to be
     * ready to be written to: which; those with 0 bytes only to be written to */
    TRACE_UNREAD_REPORTED,
    TRACE_UNREAD_BEHIND,   /* at the end of a long call: other descriptors with data by then */
    TRACE_UNREAD_BASELINE, /* at the end of a write: what lies unread, and is no answer to it */
    /* after an accept: the connection itself, whose age is the time that it was in the backlog */
    TRACE_UNREAD_BACKLOG,
    /* at the end of a call that waited for a descriptor: something that had been written to it was
     * sent only while the call lasted, so long ago */
    TRACE_UNREAD_HELD_BACK,
    /* before a connection is closed that has something unread, or at the end of the process all of
     * the thread that ends it, most without: those whose peer is still there, and was sent nothing
     * since it sent something itself */
    TRACE_UNREAD_LEFT,
};

/* What lay unread on descriptors at `time`. */
struct trace_unread_item {
    int32_t fd;
    uint32_t bytes;
    uint64_t age; /* ns since the last of it came (TCP_INFO, milliseconds); UINT64_MAX: unknown */
};
struct trace_unread {
    struct trace_record head;
    uint64_t call_begin; /* of the call that it was seen in */
    uint32_t reason;     /* enum trace_unread_reason */
    uint32_t count;      /* at most TRACE_MAX_UNREAD */
    struct trace_unread_item items[];
};

/* At the end of a thread or, in its own stream, of a process: something that was counted. The text
 * says what: "run-queue ns" (up to 0.2 ms too little, see log/sample.c), "fell through: hub" ... */
struct trace_count {
    struct trace_record head;
    uint64_t count;
    char text[];
};

enum trace_sample_reason {
    TRACE_SAMPLE_BEGIN = 1, /* at the begin of the thread's stream: what it had used before */
    /* Before a call, or before the end of the thread, TRACE_COMPUTED_NS or more after its last
     * sample, a long_call among them: what it has used since, and where that ended. Before exec,
     * and before the end of a process with several threads, in any case. */
    TRACE_SAMPLE_COMPUTED,
    TRACE_SAMPLE_END, /* at the end of the process, in its stream: of a thread that has not ended */
};

/* What is before no call: of a sample of TRACE_SAMPLE_COMPUTED, a mark (struct trace_mark) follows.
 */
#define TRACE_NO_CALL UINT16_MAX
/* The process ends, by exit or a function like it, or as main returns. */
#define TRACE_EXIT (UINT16_MAX - 1)
/* The thread ends. Its one frame is the function that it began with, and 1. */
#define TRACE_RETURN (UINT16_MAX - 2)

/* What the kernel says of the time of a thread. */
struct trace_sample {
    struct trace_record head;
    uint64_t cpu;       /* ns of CPU time that it has used so far */
    uint64_t run_queue; /* ns that it was ready, and waited for a processor; UINT64_MAX: unknown */
    uint32_t tid;
    uint16_t reason;      /* enum trace_sample_reason */
    uint16_t before;      /* of TRACE_SAMPLE_COMPUTED: the function of the call that begins, or one
                             of the three above; else TRACE_NO_CALL */
    int32_t fd;           /* of that call, or -1 */
    uint32_t frame_count; /* of TRACE_SAMPLE_COMPUTED: as in struct trace_long_call */
    uint64_t frames[];
};

/* Of a call in progress that takes the lock of a file: which file it is. If the lock could not be
 * had at once, also who had it, and the file's path; the text is empty otherwise. */
struct trace_file_lock {
    struct trace_record head;
    uint64_t call_begin;
    uint64_t device; /* with the inode it identifies the file */
    uint64_t inode;
    int32_t holder;  /* process id of who had it; 0: not known, or nobody */
    uint32_t waited; /* 1: it could not be had at once */
    char text[];
};

/* Of a call in progress that waits for a condition: the mutex that it lets go meanwhile. */
struct trace_mutex {
    struct trace_record head;
    uint64_t call_begin;
    uint64_t address;
    uint32_t limited; /* 1: it waits no longer than until some time */
    uint32_t reserved;
};

/* A pipe, an end of a socketpair or an eventfd was made: what is written to one descriptor can be
 * read from the other one; of an eventfd they are the same. */
struct trace_channel {
    struct trace_record head;
    int32_t reads;
    int32_t writes;
};

/* A descriptor of a timer was set. */
struct trace_timer {
    struct trace_record head;
    uint64_t due;      /* when it will be readable, ns of the trace's clock; 0: it is not set */
    uint64_t interval; /* ns from then on; 0: only once */
    int32_t fd;
    uint32_t reserved;
};

/* Of a call in progress that is refused: the file name of the module that it is refused for. */
struct trace_refuser {
    struct trace_record head;
    uint64_t call_begin;
    char text[];
};

/* After the look-up with this begin: an address that it found, as in struct trace_peer; with port 0
 * where it was not asked for one. */
struct trace_address {
    struct trace_record head;
    uint64_t call_begin;
    char text[];
};

enum trace_shared_what {
    TRACE_SHARED_BOTH_WAIT = 1, /* two tasks wait to receive */
    TRACE_SHARED_READS, /* one has read, while the other waits for the answer to its request */
};

/* Two tasks of a thread have met in a connection, for the first time in this one: the call with
 * this begin, of the record's own task, and one that was there before it. */
struct trace_shared {
    struct trace_record head;
    uint64_t call_begin;
    uint64_t other_begin;
    uint32_t other_task;
    int32_t fd;
    uint32_t what; /* enum trace_shared_what */
    uint32_t reserved;
};

/* Before the long_call record of the same call: the name of the asyncio task that made it. */
struct trace_task_name {
    struct trace_record head;
    uint64_t call_begin;
    char text[];
};

/* In the process's own stream, unless its parent's trace has it: the machine's name. */
struct trace_host {
    struct trace_record head;
    char text[];
};

#define TRACE_MARK_SIZE 256 /* of its text, the NUL included */

/* The record's task is in the named part of the program from now on; the text is empty: in none. */
struct trace_mark {
    struct trace_record head;
    char text[];
};

enum trace_descriptor_what {
    /* text as in /proc/self/fd: "/var/log/x", "pipe:[4711]"; empty where that is not known */
    TRACE_DESCRIPTOR_LINK = 1,
    TRACE_DESCRIPTOR_PEER, /* a socket; text: its peer, as in struct trace_peer */
    TRACE_DESCRIPTOR_OWN,  /* a socket without a peer; text: its own address */
};

/* What a descriptor is that a long call is about, or one that computing ended in, where no other
 * record tells. Before the long_call or sample record of that call. */
struct trace_descriptor {
    struct trace_record head; /* of no task */
    int32_t fd;
    uint32_t what; /* enum trace_descriptor_what */
    char text[];
};

enum trace_http_what {
    TRACE_HTTP_2 = 1,   /* the connection speaks HTTP/2 */
    TRACE_HTTP_REQUEST, /* after the call that wrote or read its begin */
    TRACE_HTTP_ANSWER,  /* the same of an answer, with its status */
};

/* What is known of the HTTP on a descriptor. The first is told where TLS negotiates it, the others
 * if GREQ_HTTP=1 asks for it. Text: of a request its method and path, "GET /users/{id}": without
 * query, and with {id} for whatever is not a plain word; else the protocol. */
struct trace_http {
    struct trace_record head;
    int32_t fd;
    uint16_t what; /* enum trace_http_what */
    uint16_t status;
    char text[];
};

#endif
