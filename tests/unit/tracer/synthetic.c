#include "synthetic.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

const char synthetic_tsdl[] =
    "/* CTF 1.8 */\n"
    "// a comment with { and \"\n"
    "env { tracer_name = \"greq\"; greq_format = 4;\n"
    "    role_CONNECT = \" connect\"; role_CLOSE = \" close\"; role_WRITE = \" send\";\n"
    "    role_READ = \" recv __recv_chk\"; role_WAIT = \" poll\"; role_EPOLL = \" epoll_wait\"; "
    "role_SLEEP = \" sleep\";\n"
    "    role_HANDSHAKE = \" SSL_connect\"; role_TLS_READ = \" SSL_read\";\n"
    "    role_TLS_WRITE = \" SSL_write\"; role_DUP = \" dup2\"; role_ACCEPT = \" accept\";\n"
    "    role_LOOKUP = \" getaddrinfo\";\n"
    "    role_JOIN = \" pthread_join\"; role_CHILD = \" waitpid\"; role_SIGNAL = \" sigsuspend\";\n"
    "    role_COND = \" pthread_cond_timedwait\"; role_MUTEX = \" pthread_mutex_lock\"; role_SEM = "
    "\" sem_wait\"; };\n"
    "enum call_name : uint16_t {\n"
    "    \"connect\" = 0, \"close\" = 1, \"send\" = 2, \"__recv_chk\" = 3,\n"
    "    \"poll\" = 4, \"sleep\" = 5, \"SSL_connect\" = 6,\n"
    "    \"SSL_read\" = 7, \"SSL_write\" = 8, \"dup2\" = 9,\n"
    "    \"accept\" = 10, \"getaddrinfo\" = 11,\n"
    "    \"pthread_join\" = 12, \"waitpid\" = 13, \"pthread_cond_timedwait\" = 14,\n"
    "    \"pthread_mutex_lock\" = 15, \"epoll_wait\" = 16, \"sem_wait\" = 17,\n"
    "    \"sigsuspend\" = 18\n"
    "};\n"
    "event { id = 1; fields := struct { enum call_name call; }; };\n";

static void write_file(const char *trace, const char *name, const void *bytes, size_t size)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", trace, name);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

void synthetic_metadata(const char *trace, const char *text)
{
    write_file(trace, "metadata", text, strlen(text));
}

void synthetic_make(const char *trace)
{
    ck_assert(mkdir(trace, 0700) == 0 || errno == EEXIST);
    synthetic_metadata(trace, synthetic_tsdl);
}

static uint64_t ns(uint64_t us)
{
    return us * 1000;
}

static uint64_t moment(uint64_t us)
{
    return EPOCH + ns(us);
}

void synthetic_ending(const char *trace, uint32_t pid, uint64_t at, uint64_t cpu, const char *how)
{
    char name[32], line[128];
    snprintf(name, sizeof name, ".end.%u", pid);
    snprintf(line, sizeof line, "%llu %llu %s\n", (unsigned long long)moment(at),
             (unsigned long long)ns(cpu), how);
    write_file(trace, name, line, strlen(line));
}

static void chunk_begin(struct stream *stream)
{
    char thread[16] = "process";
    if (stream->header.thread != TRACE_PROCESS_THREAD)
        snprintf(thread, sizeof thread, "%u", stream->header.thread);
    snprintf(stream->name, sizeof stream->name, "%u.%llx.%s.%u", stream->header.pid,
             (unsigned long long)stream->header.process_start, thread, stream->header.chunk);
    stream->used = stream->content = sizeof stream->header;
}

void stream_begin(struct stream *stream, const char *trace, uint32_t pid, uint32_t thread,
                  uint64_t start)
{
    *stream = (struct stream){
        .trace = trace,
        .header = {.magic = TRACE_CTF_MAGIC,
                   .begin = moment(start),
                   .process_start = moment(start),
                   .pid = pid,
                   .tid = pid + thread,
                   .thread = thread,
                   .version = TRACE_FORMAT_VERSION},
    };
    chunk_begin(stream);
}

void stream_cut(struct stream *stream)
{
    stream->header.flags |= TRACE_PACKET_CUT;
}

void stream_end(struct stream *stream)
{
    size_t size = stream->used + 64; /* space that is not used yet */
    stream->header.content_bits = stream->content * 8;
    stream->header.packet_bits = size * 8;
    memcpy(stream->bytes, &stream->header, sizeof stream->header);
    write_file(stream->trace, stream->name, stream->bytes, size);
}

void stream_next(struct stream *stream)
{
    stream_end(stream);
    stream->header.chunk++;
    memset(stream->bytes, 0, sizeof stream->bytes);
    chunk_begin(stream);
}

void stream_add(struct stream *stream, const void *record, size_t size, const void *more,
                size_t more_size)
{
    size_t padded = (size + more_size + 7) & ~(size_t)7;
    ck_assert_uint_lt(stream->used + padded + 64, sizeof stream->bytes);
    memcpy(stream->bytes + stream->used, record, size);
    if (more_size)
        memcpy(stream->bytes + stream->used + size, more, more_size);
    stream->content = stream->used + size + more_size;
    stream->used += padded;
}

/* Appends a record without an array or text. */
#define ADD(stream, record) stream_add(stream, &(record), sizeof(record), NULL, 0)

static struct trace_record head(uint32_t id, uint64_t at, uint32_t task)
{
    return (struct trace_record){moment(at), id, task};
}

void stream_add_call(struct stream *stream, struct synthetic_call call)
{
    struct trace_call record = {
        .head = head(TRACE_CALL, call.at, call.task),
        .duration = call.takes == TRACE_IN_PROGRESS ? TRACE_IN_PROGRESS : ns(call.takes),
        .parked = ns(call.parked),
        .result = call.result,
        .caller = call.caller,
        .fd = call.fd,
        .error = call.error,
        .call = call.function,
        .flags = call.flags,
        .refusal = call.refusal,
    };
    ADD(stream, record);
}

void stream_add_long_call(struct stream *stream, struct synthetic_call call, uint64_t cpu,
                          const uint64_t *frames, size_t frame_count)
{
    struct trace_long_call record = {
        .head = head(TRACE_LONG_CALL, call.at + call.takes, call.task),
        .call_begin = moment(call.at),
        .cpu = ns(cpu),
        .queued = call.queued,
        .frame_count = frame_count,
    };
    stream_add_call(stream, call);
    stream_add(stream, &record, sizeof record, frames, frame_count * sizeof *frames);
}

void stream_add_python(struct stream *stream, uint64_t at, const char *lines)
{
    struct trace_python_stack record = {.head = head(TRACE_PYTHON_STACK, at, 0),
                                        .call_begin = moment(at)};
    stream_add(stream, &record, sizeof record, lines, strlen(lines) + 1);
}

void stream_add_watch(struct stream *stream, uint64_t at, uint32_t task, const int *descriptors,
                      size_t count)
{
    struct trace_watch record = {head(TRACE_WATCH, at, task), moment(at), count, count};
    struct trace_watched watched[TRACE_MAX_WATCHED] = {0};
    for (size_t i = 0; i < count; i++)
        watched[i].fd = descriptors[i];
    stream_add(stream, &record, sizeof record, watched, count * sizeof *watched);
}

void stream_add_peer(struct stream *stream, uint64_t at, uint32_t task, int fd, uint32_t role,
                     const char *text)
{
    struct trace_peer record = {head(TRACE_PEER, at, task), fd, role};
    stream_add(stream, &record, sizeof record, text, strlen(text) + 1);
}

void stream_add_lookup(struct stream *stream, uint64_t at, uint64_t takes, uint32_t task,
                       const char *name, const char *address)
{
    struct trace_name named = {head(TRACE_NAME, at, task), moment(at)};
    struct trace_address found = {head(TRACE_ADDRESS, at + takes, task), moment(at)};
    stream_add(stream, &named, sizeof named, name, strlen(name) + 1);
    CALL(stream, .at = at, .takes = takes, .task = task, .function = FN_GETADDRINFO, .fd = -1,
         .result = address ? 0 : -2, .error = address ? 0 : -2);
    if (address)
        stream_add(stream, &found, sizeof found, address, strlen(address) + 1);
}

void stream_add_unread(struct stream *stream, uint64_t at, enum trace_unread_reason reason, int fd,
                       uint32_t bytes, uint64_t age)
{
    struct trace_unread record = {
        .head = head(TRACE_UNREAD, at, 0), .call_begin = moment(at), .reason = reason, .count = 1};
    struct trace_unread_item item = {fd, bytes, ns(age)};
    stream_add(stream, &record, sizeof record, &item, sizeof item);
}

void stream_add_http(struct stream *stream, uint64_t at, int fd, enum trace_http_what what,
                     unsigned status, const char *text)
{
    struct trace_http record = {head(TRACE_HTTP, at, 0), fd, what, status};
    stream_add(stream, &record, sizeof record, text, strlen(text) + 1);
}

void stream_add_mark(struct stream *stream, uint64_t at, uint32_t task, const char *name)
{
    struct trace_mark record = {head(TRACE_MARK, at, task)};
    stream_add(stream, &record, sizeof record, name, strlen(name) + 1);
}

void stream_add_idle(struct stream *stream, uint64_t at, uint64_t takes)
{
    struct trace_idle record = {head(TRACE_IDLE, at, 0), ns(takes)};
    ADD(stream, record);
}

void stream_add_child_start(struct stream *stream, uint64_t at, uint32_t parent)
{
    static const char program[] = "/bin/server\0server";
    struct trace_process_start record = {.head = head(TRACE_PROCESS_START, at, 0),
                                         .parent_pid = parent};
    stream_add(stream, &record, sizeof record, program, sizeof program);
}

void stream_add_task_start(struct stream *stream, uint64_t at, uint32_t task, uint32_t parent)
{
    struct trace_task_start record = {.head = head(TRACE_TASK_START, at, task), .parent = parent};
    ADD(stream, record);
}

void stream_add_task_end(struct stream *stream, uint64_t at, uint32_t task)
{
    struct trace_task_end record = {head(TRACE_TASK_END, at, task)};
    ADD(stream, record);
}

void stream_add_thread_start(struct stream *stream, uint64_t at)
{
    struct trace_thread_start record = {head(TRACE_THREAD_START, at, 0)};
    stream_add(stream, &record, sizeof record, "name", sizeof "name");
}

void stream_add_thread_end(struct stream *stream, uint64_t at, uint64_t cpu)
{
    struct trace_thread_end record = {head(TRACE_THREAD_END, at, 0), ns(cpu)};
    ADD(stream, record);
}

void stream_add_sample(struct stream *stream, uint64_t at, enum trace_sample_reason reason,
                       uint32_t tid, uint64_t cpu, uint64_t run_queue)
{
    struct trace_sample record = {.head = head(TRACE_SAMPLE, at, 0),
                                  .cpu = ns(cpu),
                                  .run_queue = ns(run_queue),
                                  .tid = tid,
                                  .reason = reason,
                                  .before = TRACE_NO_CALL,
                                  .fd = -1};
    ADD(stream, record);
}

void stream_add_computed(struct stream *stream, uint64_t at, uint64_t cpu, int function, int fd,
                         const uint64_t *frames, size_t frame_count)
{
    struct trace_sample record = {.head = head(TRACE_SAMPLE, at, 0),
                                  .cpu = ns(cpu),
                                  .run_queue = UINT64_MAX,
                                  .tid = stream->header.tid,
                                  .reason = TRACE_SAMPLE_COMPUTED,
                                  .before = function,
                                  .fd = fd,
                                  .frame_count = frame_count};
    stream_add(stream, &record, sizeof record, frames, frame_count * sizeof *frames);
}

void stream_add_process_start(struct stream *stream, uint64_t at, const char *program,
                              const char *command_line)
{
    char texts[512];
    size_t size = snprintf(texts, sizeof texts, "%s%c%s", program, 0, command_line) + 1;
    struct trace_process_start record = {.head = head(TRACE_PROCESS_START, at, 0),
                                         .cooperative = 1};
    stream_add(stream, &record, sizeof record, texts, size);
}

void stream_add_process_end(struct stream *stream, uint64_t at, uint64_t cpu)
{
    struct trace_process_end record = {.head = head(TRACE_PROCESS_END, at, 0), .cpu = ns(cpu)};
    ADD(stream, record);
}

void stream_add_module(struct stream *stream, uint64_t at, const char *path, uint64_t base,
                       uint64_t size)
{
    struct trace_module record = {head(TRACE_MODULE, at, 0), base, base, base + size};
    stream_add(stream, &record, sizeof record, path, strlen(path) + 1);
}

void streams_begin(struct stream *streams, unsigned count, const char *trace)
{
    synthetic_make(trace);
    for (unsigned i = 0; i < count; i++) {
        stream_begin(&streams[i], trace, 10, i, 0);
        stream_add_thread_start(&streams[i], 0);
    }
}

void streams_end(struct stream *streams, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        stream_end(&streams[i]);
}
