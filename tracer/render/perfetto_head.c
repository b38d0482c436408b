/*
 * perfetto_head.c: the begin of a Perfetto trace: which clock the times are of, the texts that
 * events refer to by numbers, and the tracks of processes and threads.
 */
#include "render/paint.h"
#include "render/perfetto.h"

#include <stdlib.h>
#include <string.h>

/* --- the clock --- */

static void put_clock(struct protobuf *buffer, unsigned id, uint64_t time)
{
    size_t clock = protobuf_open(buffer, SNAPSHOT_CLOCKS);
    protobuf_number(buffer, CLOCK_ID, id);
    protobuf_number(buffer, CLOCK_TIMESTAMP, time);
    protobuf_close(buffer, clock);
}

/* A process says what time of day it was when it began. */
static void put_snapshot(struct protobuf *buffer, const struct model *model, FILE *out)
{
    size_t packet = packet_begin(buffer);
    size_t snapshot = protobuf_open(buffer, PACKET_CLOCK_SNAPSHOT);
    put_clock(buffer, PERFETTO_MONOTONIC, model->processes[0]->begun);
    if (model->processes[0]->realtime)
        put_clock(buffer, PERFETTO_REALTIME, model->processes[0]->realtime);
    protobuf_number(buffer, SNAPSHOT_PRIMARY_CLOCK, PERFETTO_MONOTONIC);
    protobuf_close(buffer, snapshot);
    packet_end(buffer, packet, out);
}

/* --- texts --- */

static void put_interned(struct protobuf *buffer, unsigned table, uint64_t id, const char *text)
{
    size_t entry = protobuf_open(buffer, table);
    protobuf_number(buffer, INTERNED_ID, id);
    perfetto_put_text(buffer, INTERNED_TEXT, text);
    protobuf_close(buffer, entry);
}

static void put_constants(struct protobuf *buffer)
{
    static const char *const categories[] = {
        [CATEGORY_CALL] = "call", [CATEGORY_CONNECTION] = "connection", [CATEGORY_BLAME] = "blame"};
    static const char *const keys[] = {[KEY_FD] = "fd",
                                       [KEY_PEER] = "peer",
                                       [KEY_RESULT] = "result",
                                       [KEY_ERRNO] = "errno",
                                       [KEY_PARKED] = "parked_us",
                                       [KEY_WHERE] = "where",
                                       [KEY_STACK] = "stack",
                                       [KEY_CONNECTION] = "connection"};
    static const char *const names[] = {[NAME_IDLE] = "all tasks parked",
                                        [NAME_HOLDS_UP] = "holds up a connection",
                                        [NAME_HELD_UP] = "held up by a call",
                                        [NAME_HOLDS_LOCK] = "another thread waits for this one",
                                        [NAME_LOCKED_OUT] = "waits for another thread",
                                        [NAME_STATES + LANE_OPENING] = "opening",
                                        [NAME_STATES + LANE_IDLE] = "idle",
                                        [NAME_STATES + LANE_FLIGHT] = "in flight",
                                        [NAME_STATES + LANE_BLOCKED] = "a thread is blocked for it",
                                        [NAME_STATES + LANE_WAITING] = "waits for the program"};
    for (size_t i = 1; i < sizeof categories / sizeof *categories; i++)
        put_interned(buffer, INTERNED_CATEGORIES, i, categories[i]);
    for (size_t i = 1; i < sizeof keys / sizeof *keys; i++)
        put_interned(buffer, INTERNED_KEYS, i, keys[i]);
    for (size_t i = 1; i < sizeof names / sizeof *names; i++)
        put_interned(buffer, INTERNED_EVENTS, i, names[i]);
}

static void put_frame(FILE *out, const struct frame *frame)
{
    char place[256];
    fputs(frame->function, out);
    if (*paint_place(place, sizeof place, frame))
        fprintf(out, " (%s)", place);
}

/* Texts of a call site: the frame that a reader wants to see, and all of them. */
static char *site_text(const struct call_group *group, bool whole)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        abort();
    if (!whole)
        put_frame(out, group_call_site(group));
    for (size_t i = 0; whole && i < group->depth; i++) {
        fputs(i ? " < " : "", out);
        put_frame(out, group->stack[i]);
    }
    fclose(out);
    return text;
}

static void put_site(struct protobuf *buffer, const struct site *site)
{
    char *where = site_text(site->group, false), *stack = site_text(site->group, true);
    put_interned(buffer, INTERNED_STRINGS, perfetto_where(site), where);
    put_interned(buffer, INTERNED_STRINGS, perfetto_stack(site), stack);
    free(where);
    free(stack);
}

/* The first packet that needs no other one, and on which all events rely. */
static void put_texts(struct protobuf *buffer, const struct model *model, FILE *out)
{
    const struct functions *functions = &model->trace->functions;
    size_t packet = packet_begin(buffer);
    protobuf_number(buffer, PACKET_FIRST, 1);
    protobuf_number(buffer, PACKET_SEQUENCE_FLAGS, SEQUENCE_STATE_CLEARED);
    size_t defaults = protobuf_open(buffer, PACKET_DEFAULTS);
    protobuf_number(buffer, DEFAULTS_CLOCK_ID, PERFETTO_MONOTONIC);
    protobuf_close(buffer, defaults);
    size_t texts = protobuf_open(buffer, PACKET_INTERNED_DATA);
    put_constants(buffer);
    for (size_t i = 0; i < functions->count; i++)
        put_interned(buffer, INTERNED_EVENTS, NAME_FUNCTIONS + i, functions->items[i]->name);
    for (size_t i = 0; i < model->sites.count; i++)
        put_site(buffer, model->sites.items[i]);
    protobuf_close(buffer, texts);
    packet_end(buffer, packet, out);
}

/* --- processes and threads --- */

static void put_process(struct protobuf *buffer, const struct process *process, FILE *out)
{
    uint64_t track = perfetto_track(TRACK_OF_PROCESS, process, 0);
    size_t packet = packet_begin(buffer);
    size_t descriptor = protobuf_open(buffer, PACKET_TRACK_DESCRIPTOR);
    protobuf_number(buffer, TRACK_UUID, track);
    size_t body = protobuf_open(buffer, TRACK_PROCESS);
    protobuf_number(buffer, PROCESS_PID, process->pid);
    if (process->command_line)
        perfetto_put_text(buffer, PROCESS_CMDLINE, process->command_line);
    if (process->program)
        perfetto_put_text(buffer, PROCESS_NAME, process_file_name(process));
    protobuf_close(buffer, body);
    protobuf_close(buffer, descriptor);
    packet_end(buffer, packet, out);
    perfetto_put_track(buffer, perfetto_track(TRACK_OF_CONNECTIONS, process, 0), track,
                       "connections", out);
}

static void put_thread(struct protobuf *buffer, const struct thread *thread, FILE *out)
{
    size_t packet = packet_begin(buffer);
    size_t descriptor = protobuf_open(buffer, PACKET_TRACK_DESCRIPTOR);
    protobuf_number(buffer, TRACK_UUID,
                    perfetto_track(TRACK_OF_THREAD, thread->process, thread->number));
    protobuf_number(buffer, TRACK_PARENT, perfetto_track(TRACK_OF_PROCESS, thread->process, 0));
    size_t body = protobuf_open(buffer, TRACK_THREAD);
    protobuf_number(buffer, THREAD_PID, thread->process->pid);
    protobuf_number(buffer, THREAD_TID, thread->tid);
    if (thread->name)
        perfetto_put_text(buffer, THREAD_NAME, thread->name);
    protobuf_close(buffer, body);
    protobuf_close(buffer, descriptor);
    packet_end(buffer, packet, out);
}

void perfetto_put_head(const struct model *model, FILE *out)
{
    struct protobuf buffer = {0};
    put_texts(&buffer, model, out);
    put_snapshot(&buffer, model, out);
    for (size_t i = 0; i < model->process_count; i++) {
        put_process(&buffer, model->processes[i], out);
        for (const struct thread *thread = model->processes[i]->threads; thread;
             thread = thread->next)
            put_thread(&buffer, thread, out);
    }
    protobuf_finish(&buffer);
}
