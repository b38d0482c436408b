/*
 * json.c: the JSON report. Keys are only ever added; a change of their meaning raises `schema`.
 */
#include "render/json.h"

#include "base/fingerprint.h"
#include "base/memory.h"
#include "model/thresholds.h"
#include "render/clean.h"
#include "render/headline.h"
#include "render/paint.h"
#include "render/sentence.h"
#include "render/trust.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

json_t *json_text(const char *value)
{
    char *clean = clean_copy(value ? value : "", false);
    json_t *json = json_string(clean);
    free(clean);
    return json;
}

void json_set_if_any(json_t *entry, const char *key, double value)
{
    if (value > 0)
        json_object_set_new(entry, key, json_real(value));
}

json_t *json_seconds(uint64_t ns)
{
    return json_real(ns / 1e9);
}

static json_t *stack(const struct call_group *group)
{
    json_t *list = json_array();
    for (size_t i = 0; i < group->depth; i++) {
        const struct frame *frame = group->stack[i];
        json_t *entry = json_object();
        json_object_set_new(entry, "function", json_text(frame->function));
        json_object_set_new(entry, "file", json_text(frame->file));
        json_object_set_new(entry, "line", json_integer(frame->line));
        json_object_set_new(entry, "module", json_text(frame->module));
        json_object_set_new(entry, "installed", json_boolean(frame->is_installed));
        json_object_set_new(entry, "runtime", json_boolean(frame->is_runtime));
        json_array_append_new(list, entry);
    }
    return list;
}

json_t *json_patterns(unsigned bits)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < PATTERN_COUNT; i++)
        if (bits & 1u << i)
            json_array_append_new(list, json_string(sentence_pattern(1u << i)));
    return list;
}

/* The names are clean, as they are when a report is read again: the fingerprint is the same then.
 */
static uint64_t fingerprint(const char *call, const struct call_group *group)
{
    struct fingerprint fingerprint = fingerprint_begin(call);
    char **names = memory_alloc(group->depth + 1, sizeof *names);
    for (size_t i = 0; i < group->depth; i++) {
        const struct frame *frame = group->stack[i];
        char *module = clean_copy(frame->module, false);
        names[i] = clean_copy(frame->function, false);
        fingerprint_add(&fingerprint, names[i], module, frame->is_runtime);
        free(module);
    }
    for (size_t i = 0; i < group->depth; i++)
        free(names[i]);
    free(names);
    return fingerprint.value;
}

void json_set_place(json_t *entry, const struct model *model, const struct call_group *group)
{
    char text[FINGERPRINT_SIZE];
    char *call = clean_copy(model_function(model, group->function), false);
    char *site = paint_site(group);
    fingerprint_text(text, fingerprint(call, group));
    json_object_set_new(entry, "where", json_text(site));
    json_object_set_new(entry, "fingerprint", json_string(text));
    free(site);
    free(call);
}

static json_t *victims(const struct blamed_call *blamed)
{
    json_t *list = json_array();
    for (size_t i = 0; i < blamed->victim_count; i++) {
        const struct blame_victim *victim = &blamed->victims[i];
        json_t *entry = json_object();
        json_object_set_new(entry, "connection", json_integer(victim->connection));
        json_object_set_new(entry, "peer", json_text(victim->peer));
        json_object_set_new(entry, "waited_s", json_real(victim->waited_s));
        json_array_append_new(list, entry);
    }
    return list;
}

void json_set_excuses(json_t *entry, const struct blamed_call *blamed)
{
    json_t *excuses = json_object();
#define FIGURE(name, ...)                                   \
    if (blamed->excused[FIGURE_##name] && blamed->name > 0) \
        json_object_set_new(excuses, #name, json_string(blamed->excused[FIGURE_##name]));
#include "base/figures.def"
#undef FIGURE
    if (json_object_size(excuses))
        json_object_set(entry, "excused", excuses);
    json_decref(excuses);
}

static void set_blame(json_t *entry, const struct blamed_call *blamed)
{
#define FIGURE(name, ...) json_object_set_new(entry, #name, json_real(blamed->name));
#include "base/figures.def"
#undef FIGURE
    json_object_set_new(entry, "pattern", json_patterns(blamed->patterns));
    json_set_excuses(entry, blamed);
    json_object_set_new(entry, "waits", json_integer(blamed->victims_in_all));
    json_object_set_new(entry, "victims", victims(blamed));
}

static void add_excused(double sums[FIGURES], const struct blamed_call *blamed)
{
#define FIGURE(name, ...) sums[FIGURE_##name] += blamed->excused[FIGURE_##name] ? blamed->name : 0;
#include "base/figures.def"
#undef FIGURE
}

void json_set_excused(json_t *root, const struct blame *blame)
{
    double seconds[FIGURES] = {0};
    json_t *sums = json_object();
    for (size_t i = 0; i < blame->call_count; i++)
        add_excused(seconds, &blame->calls[i]);
#define FIGURE(name, ...) json_set_if_any(sums, #name, seconds[FIGURE_##name]);
#include "base/figures.def"
#undef FIGURE
    json_object_set_new(root, "excused", sums);
}

/* Why calls were the real ones; those reasons that there were. */
static json_t *refusals(const struct call_group *group)
{
    static const char *const words[TRACE_REFUSAL_COUNT] = {
#define WORD(name, word, text) [TRACE_REFUSAL_##name] = word,
        TRACE_REFUSALS(WORD)
#undef WORD
    };
    json_t *list = json_object();
    for (size_t i = 1; i < TRACE_REFUSAL_COUNT; i++) {
        const struct refused_calls *refused = &group->refused[i];
        if (!refused->count)
            continue;
        json_t *entry = json_object();
        json_object_set_new(entry, "count", json_integer(refused->count));
        json_object_set_new(entry, "held_tasks_s", json_seconds(refused->held));
        json_object_set_new(list, words[i], entry);
    }
    return list;
}

/* "fd 1 (standard output)" or "". */
static json_t *descriptor(const struct call_group *group)
{
    static const char on[] = " on ";
    char *words = paint_descriptor(group);
    json_t *entry = json_text(*words ? words + strlen(on) : "");
    free(words);
    return entry;
}

/* Names of asyncio tasks: the first few. */
static json_t *tasks(const struct names *names)
{
    json_t *list = json_array();
    for (size_t i = 0; i < names->count; i++)
        json_array_append_new(list, json_text(names->items[i]));
    return list;
}

static json_t *call(const struct model *model, const struct blamed_call *blamed)
{
    const struct call_group *group = blamed->group;
    json_t *entry = json_object();
    json_object_set_new(entry, "call", json_text(model_function(model, group->function)));
    json_object_set_new(entry, "count", json_integer(group->totals.count));
    json_object_set_new(entry, "blocked_s", json_seconds(group->totals.blocked));
    json_object_set_new(entry, "longest_s", json_seconds(group->totals.longest));
    json_object_set_new(entry, "parked_s", json_seconds(group->totals.parked));
    json_object_set_new(entry, "refusals", refusals(group));
    if (group->refuser)
        json_object_set_new(entry, "refuser", json_text(group->refuser));
    json_set_place(entry, model, group);
    json_object_set_new(entry, "descriptor", descriptor(group));
    json_object_set_new(entry, "unfinished", json_integer(group->totals.unfinished));
    json_object_set_new(entry, "unfinished_longest_s",
                        json_seconds(group->totals.unfinished_longest));
    if (group->tasks.count)
        json_object_set_new(entry, "tasks", tasks(&group->tasks));
    set_blame(entry, blamed);
    json_object_set_new(entry, "stack", stack(group));
    return entry;
}

static json_t *calls(const struct report *report)
{
    json_t *list = json_array();
    for (size_t i = 0; i < report->blame->call_count; i++)
        json_array_append_new(list, call(report->model, &report->blame->calls[i]));
    return list;
}

/* A time since the run began; what never happened has no key. */
static void set_moment(json_t *entry, const char *key, const struct model *model, uint64_t time)
{
    if (time)
        json_object_set_new(entry, key, json_seconds(time - model->begin));
}

static json_t *connection(const struct model *model, const struct lane *lane)
{
    const struct lifeline *life = &lane->life;
    json_t *entry = json_object();
    json_object_set_new(entry, "number", json_integer(lane->number));
    json_object_set_new(entry, "peer", json_text(lane->peer));
    json_object_set_new(entry, "pid", json_integer(lane->owner.pid));
    json_object_set_new(entry, "thread", json_integer(lane->owner.thread));
    json_object_set_new(entry, "task", json_integer(lane->owner.task));
    if (lane->owner_name)
        json_object_set_new(entry, "task_name", json_text(lane->owner_name));
    set_moment(entry, "opened_s", model, life->opened);
    set_moment(entry, "ready_s", model, life->ready);
    set_moment(entry, "sent_s", model, life->sent);
    set_moment(entry, "answered_s", model, life->answered);
    set_moment(entry, "closed_s", model, life->closed);
    json_object_set_new(entry, "requests", json_integer(life->requests));
    json_object_set_new(entry, "bytes_sent", json_integer(life->bytes_sent));
    json_object_set_new(entry, "bytes_received", json_integer(life->bytes_received));
    if (life->blocked) {
        json_object_set_new(entry, "blocker", json_text(model_function(model, life->blocker)));
        json_object_set_new(entry, "blocked_s", json_seconds(life->blocked));
    }
    return entry;
}

/* The first ones, as the timeline has them. */
static json_t *connections(const struct report *report)
{
    const struct timeline *timeline = &report->accounts->timeline;
    json_t *list = json_array();
    for (size_t i = 0; i < timeline->lane_count; i++)
        json_array_append_new(list, connection(report->model, timeline->lanes[i]));
    return list;
}

static json_t *process(const struct model *model, const struct process *process)
{
    static const char *const fates[] = {
        [FATE_UNKNOWN] = "unknown", [FATE_RUNNING] = "running", [FATE_EXITED] = "exit",
        [FATE_KILLED] = "signal",   [FATE_REPLACED] = "exec",
    };
    json_t *entry = json_object();
    json_object_set_new(entry, "pid", json_integer(process->pid));
    json_object_set_new(entry, "program", json_text(process->program));
    json_object_set_new(entry, "command_line", json_text(process->command_line));
    json_object_set_new(entry, "end", json_string(fates[process->fate]));
    json_object_set_new(entry, "signal", json_integer(process->signal));
    set_moment(entry, "end_s", model, process->end);
    set_moment(entry, "cut_s", model, process->cut ? process->cut_at : 0);
    return entry;
}

/* "2026-11-30T08:15:30.250Z", which databases take for a time, of ns since 1970. */
static json_t *moment(uint64_t realtime)
{
    char seconds[32], text[64];
    time_t whole = realtime / 1000000000;
    struct tm utc;
    if (!realtime || !gmtime_r(&whole, &utc))
        return json_string("");
    strftime(seconds, sizeof seconds, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(text, sizeof text, "%s.%03" PRIu64 "Z", seconds, realtime / 1000000 % 1000);
    return json_string(text);
}

void json_set_origin(json_t *root, const struct model *model)
{
    const struct process *first = model_first_process(model);
    json_object_set_new(root, "host", json_text(first ? model_host(model, first) : NULL));
    json_object_set_new(root, "program", json_text(first ? first->program : NULL));
    json_object_set_new(root, "start", moment(first ? first->realtime : 0));
}

static json_t *processes(const struct model *model)
{
    json_t *list = json_array();
    for (size_t i = 0; i < model->process_count; i++)
        json_array_append_new(list, process(model, model->processes[i]));
    return list;
}

/* --- what follows from it --- */

/* The call's place in `calls`, or null. */
static json_t *place(const struct blame *blame, const struct blamed_call *call)
{
    return call ? json_integer(call - blame->calls) : json_null();
}

static json_t *pattern(enum pattern bit)
{
    return json_string(sentence_pattern(bit));
}

static json_t *facts(const struct blame_finding *finding)
{
    json_t *entry = json_object();
    for (size_t i = 0; i < finding->fact_count; i++) {
        const struct blame_fact *fact = &finding->facts[i];
        json_object_set_new(entry, fact->name,
                            fact->unit == FACT_TEXT    ? json_text(fact->text)
                            : fact->unit == FACT_COUNT ? json_integer(fact->number)
                                                       : json_real(fact->number));
    }
    return entry;
}

static json_t *finding(const struct report *report, const struct blame_finding *finding)
{
    char *evidence = sentence_evidence(report->model, finding);
    json_t *entry = json_object();
    json_object_set_new(entry, "pattern", pattern(finding->pattern));
    json_object_set_new(entry, "kind", json_string(sentence_kind(finding)));
    json_object_set_new(entry, "call", place(report->blame, finding->call));
    json_object_set_new(entry, "seconds", json_real(finding->seconds));
    json_object_set_new(entry, "elsewhere_s", json_real(finding->elsewhere_s));
    json_object_set_new(entry, "first", json_integer(finding->first));
    json_object_set_new(entry, "facts", facts(finding));
    json_object_set_new(entry, "evidence", json_text(evidence));
    json_object_set_new(entry, "remedy", json_text(finding->remedy));
    free(evidence);
    return entry;
}

static json_t *findings(const struct report *report)
{
    json_t *list = json_array();
    for (size_t i = 0; i < report->blame->finding_count; i++)
        json_array_append_new(list, finding(report, &report->blame->findings[i]));
    return list;
}

/* What each pattern means. */
static json_t *meanings(void)
{
    json_t *entry = json_object();
    for (unsigned i = 0; i < PATTERN_COUNT; i++)
        json_object_set_new(entry, sentence_pattern(1u << i),
                            json_string(sentence_meaning(1u << i)));
    return entry;
}

static json_t *what_ifs(const struct blame_serial *serial)
{
    json_t *list = json_array();
    for (size_t i = 0; i < BLAME_WIDTHS; i++) {
        json_t *entry = json_object();
        json_object_set_new(entry, "in_flight", json_integer(blame_widths[i]));
        json_object_set_new(entry, "wall_s", json_real(serial->wall_s[i]));
        json_array_append_new(list, entry);
    }
    return list;
}

static json_t *serials(const struct blame *blame)
{
    json_t *list = json_array();
    for (size_t i = 0; i < blame->serial_count; i++) {
        const struct blame_serial *serial = &blame->serials[i];
        json_t *entry = json_object();
        json_object_set_new(entry, "host", json_text(serial->host));
        json_object_set_new(entry, "call", place(blame, serial->call));
        json_object_set_new(entry, "requests", json_integer(serial->requests));
        json_object_set_new(entry, "processes", json_integer(serial->processes));
        json_object_set_new(entry, "waited_s", json_real(serial->waited_s));
        json_object_set_new(entry, "longest_s", json_real(serial->longest_s));
        json_object_set_new(entry, "if_independent", what_ifs(serial));
        json_array_append_new(list, entry);
    }
    return list;
}

static json_t *convoys(const struct blame *blame)
{
    json_t *list = json_array();
    for (size_t i = 0; i < blame->convoy_count; i++) {
        const struct blame_convoy *convoy = &blame->convoys[i];
        char address[32];
        snprintf(address, sizeof address, "%#" PRIx64, convoy->address);
        json_t *entry = json_object();
        json_object_set_new(entry, "lock", json_string(address));
        if (convoy->path)
            json_object_set_new(entry, "file", json_text(convoy->path));
        json_object_set_new(entry, "waiter", place(blame, convoy->waiter));
        json_object_set_new(entry, "holder", place(blame, convoy->holder));
        json_object_set_new(entry, "seconds", json_real(convoy->seconds));
        json_object_set_new(entry, "waits", json_integer(convoy->waits));
        json_object_set_new(entry, "knot", json_boolean(convoy->knot));
        json_array_append_new(list, entry);
    }
    return list;
}

static json_t *loops(const struct blame *blame)
{
    json_t *list = json_array();
    for (size_t i = 0; i < blame->loop_count; i++) {
        const struct blame_loop *loop = &blame->loops[i];
        json_t *entry = json_object();
        json_object_set_new(entry, "pid", json_integer(loop->pid));
        json_object_set_new(entry, "thread", json_integer(loop->thread));
        json_object_set_new(entry, "name", json_text(loop->name));
        json_object_set_new(entry, "waits", json_integer(loop->waits));
        json_object_set_new(entry, "blocked_s", json_real(loop->blocked_s));
        json_array_append_new(list, entry);
    }
    return list;
}

static json_t *balance(const struct thread *thread, const struct balance *balance)
{
    json_t *entry = json_object();
    json_object_set_new(entry, "pid", json_integer(thread->process->pid));
    json_object_set_new(entry, "thread", json_integer(thread->number));
    json_object_set_new(entry, "name", json_text(thread->name ? thread->name : ""));
    json_object_set_new(entry, "wall_s", json_real(balance->wall / 1e9));
    json_object_set_new(entry, "cpu_s", json_real(balance->cpu / 1e9));
    json_object_set_new(entry, "calls_s", json_real(balance->calls / 1e9));
    json_object_set_new(entry, "idle_s", json_real(balance->idle / 1e9));
    json_object_set_new(entry, "run_queue_s", json_real(balance->run_queue / 1e9));
    json_object_set_new(entry, "unseen_s", json_real(balance->unseen / 1e9));
    json_object_set_new(entry, "not_known_s", json_real(balance->unknown / 1e9));
    return entry;
}

/* Where the time of each thread went. */
static json_t *threads(const struct model *model)
{
    json_t *list = json_array();
    for (size_t i = 0; i < model->process_count; i++)
        for (struct thread *each = model->processes[i]->threads; each; each = each->next)
            json_array_append_new(list, balance(each, balance_of(each)));
    return list;
}

static json_t *fall_throughs(const struct blame_trust *trust)
{
    json_t *list = json_array();
    for (size_t i = 0; i < trust->fall_through_count; i++) {
        json_t *entry = json_object();
        json_object_set_new(entry, "reason", json_text(trust->fall_throughs[i].reason));
        json_object_set_new(entry, "count", json_integer(trust->fall_throughs[i].count));
        json_array_append_new(list, entry);
    }
    return list;
}

static json_t *trust_lines(const struct report *report)
{
    json_t *list = json_array();
    for (size_t i = 0; i < TRUST_LINES; i++) {
        char *line = trust_line(report, i);
        if (*line)
            json_array_append_new(list, json_text(line));
        free(line);
    }
    return list;
}

static json_t *trust(const struct report *report)
{
    const struct blame_trust *trust = &report->blame->trust;
    json_t *entry = json_object();
    json_object_set_new(entry, "threads", json_integer(trust->threads));
    json_object_set_new(entry, "thread_s", json_real(trust->thread_s));
    json_object_set_new(entry, "cpu_s", json_real(trust->cpu_s));
    json_object_set_new(entry, "off_cpu_s", json_real(trust->off_cpu_s));
    json_object_set_new(entry, "seen_s", json_real(trust->seen_s));
    json_object_set_new(entry, "idle_s", json_real(trust->idle_s));
    json_object_set_new(entry, "unseen_s", json_real(trust->unseen_s));
    json_object_set_new(entry, "not_known_s", json_real(trust->not_known_s));
    json_object_set_new(entry, "run_queue_s", json_real(trust->run_queue_s));
    json_object_set_new(entry, "run_queue_known", json_boolean(trust->run_queue_known));
    json_object_set_new(entry, "arrival_precision_s", json_real(trust->arrival_precision_s));
    json_object_set_new(entry, "arrivals", json_integer(trust->arrivals));
    json_object_set_new(entry, "arrivals_early", json_integer(trust->arrivals_early));
    json_object_set_new(entry, "arrivals_unknown", json_integer(trust->arrivals_unknown));
    json_object_set_new(entry, "fall_throughs", fall_throughs(trust));
    json_object_set_new(entry, "lines", trust_lines(report));
    return entry;
}

/* What a page may say of a call, for each figure: its cost in words. */
static json_t *figures(void)
{
    json_t *entry = json_object();
#define FIGURE(name, required, limited, cost, ...) \
    json_object_set_new(entry, #name, json_string(cost));
#include "base/figures.def"
#undef FIGURE
    return entry;
}

/* The numbers that the judgement depends on. */
static json_t *thresholds(void)
{
    json_t *entry = json_object();
#define X(key, value) json_object_set_new(entry, key, json_real(value));
    THRESHOLDS(X)
#undef X
    return entry;
}

static void set_words(json_t *root, const struct report *report)
{
    char *headline = headline_text(report), *estimate = headline_estimate(report);
    json_object_set_new(root, "headline", json_text(headline));
    json_object_set_new(root, "estimate", json_text(estimate));
    free(headline);
    free(estimate);
}

static void set_totals(json_t *root, const struct blame *blame)
{
    json_object_set_new(root, "wall_s", json_real(blame->wall_s));
#define FIGURE(name, ...) json_object_set_new(root, #name, json_real(blame->name));
#include "base/figures.def"
#undef FIGURE
    json_set_excused(root, blame);
    json_object_set_new(root, "effective_concurrency", json_real(blame->effective_concurrency));
    json_object_set_new(root, "peak_in_flight", json_integer(blame->peak_in_flight));
    json_object_set_new(root, "what_if_s", json_real(blame->what_if_s));
    json_object_set_new(root, "server", json_boolean(blame->is_server));
    json_object_set_new(root, "pool_limit", json_integer(blame->pool_limit));
    json_object_set_new(root, "shared_connections", json_integer(blame->shared_connections));
    json_object_set_new(root, "coverage", json_real(blame->coverage));
    json_object_set_new(root, "events", json_integer(blame->events));
    json_object_set_new(root, "lost", json_integer(blame->lost));
    json_object_set_new(root, "cut", json_integer(blame->cut));
    json_object_set_new(root, "pattern", json_patterns(blame->patterns));
}

void render_json(const struct report *report, const struct style *style, FILE *out)
{
    (void)style;
    if (report->top) {
        json_short(report, out);
        return;
    }
    json_t *root = json_object();
    json_object_set_new(root, "schema", json_integer(JSON_SCHEMA));
    json_set_origin(root, report->model);
    set_words(root, report);
    set_totals(root, report->blame);
    json_object_set_new(root, "calls", calls(report));
    json_object_set_new(root, "findings", findings(report));
    json_object_set_new(root, "serial", serials(report->blame));
    json_object_set_new(root, "convoys", convoys(report->blame));
    json_object_set_new(root, "loops", loops(report->blame));
    json_object_set_new(root, "marks", json_parts(report->blame));
    json_object_set_new(root, "threads", threads(report->model));
    json_object_set_new(root, "trust", trust(report));
    json_object_set_new(root, "idle_rule", json_string(blame_idle_rule));
    json_object_set_new(root, "thresholds", thresholds());
    json_object_set_new(root, "figures", figures());
    json_object_set_new(root, "patterns", meanings());
    json_object_set_new(root, "requests", json_integer(report->model->connections.requests));
    json_object_set_new(root, "critical_path", json_critical_path(report));
    json_object_set_new(root, "request_table", json_request_table(report));
    json_object_set_new(root, "slowest_requests", json_slowest_requests(report));
    json_object_set_new(root, "uncounted_connections",
                        json_integer(report->accounts->phases.uncounted));
    json_object_set_new(root, "connection_count", json_integer(report->model->connections.count));
    json_object_set_new(root, "bytes_sent", json_integer(report->model->connections.bytes_sent));
    json_object_set_new(root, "bytes_received",
                        json_integer(report->model->connections.bytes_received));
    json_object_set_new(root, "connections", connections(report));
    json_object_set_new(root, "processes", processes(report->model));
    json_dumpf(root, out, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
    fputc('\n', out);
    json_decref(root);
}
