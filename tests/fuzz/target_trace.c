/*
 * The input is a trace: files of which each begins with one word of eight bytes,
 *
 *     "greq" KIND A B C
 *
 * and goes on until the next such word. All else in a trace is words of eight bytes as well, so
 * that what is inserted, copied or taken away leaves the rest where it was. KIND is
 *
 *     m   metadata; without it there is one with the functions below
 *     c   a chunk as it is
 *     r   the records of a chunk: of process A, thread B (0xff: the process's own), number C
 *     e   how process A ended
 */
#include "blame/blame.h"
#include "fuzz.h"
#include "judge.h"
#include "ledger_sum.h"
#include "model/model.h"
#include "render/render.h"
#include "symbol/symbols.h"
#include "trace/reader.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WORD = 8, PROCESS_THREAD = 0xff, CHUNK_MAX = 1 << 16 };

static const char mark[] = "greq";

/* New functions go to the end: the corpus has their numbers. */
static const char metadata_text[] =
    "/* CTF 1.8 */ env { greq_format = 3; role_CONNECT = \" connect\"; role_CLOSE = \" close\";"
    "role_WRITE = \" send write sendmsg\"; role_READ = \" recv read recvmsg __read_chk\";"
    "role_WAIT = \" poll select\"; role_EPOLL = \" epoll_wait epoll_pwait\";"
    "role_HANDSHAKE = \" SSL_connect\"; role_TLS_READ = \" SSL_read SSL_read_ex\";"
    "role_TLS_WRITE = \" SSL_write\"; role_DUP = \" dup dup2\"; role_ACCEPT = \" accept\";"
    "role_MUTEX = \" pthread_mutex_lock\"; role_COND = \" pthread_cond_wait\";"
    "role_SEM = \" sem_wait\"; role_JOIN = \" pthread_join\"; role_LOOKUP = \" getaddrinfo\";"
    "role_FILE_LOCK = \" flock\"; role_SYNC = \" fsync\"; role_SLEEP = \" nanosleep\"; };"
    "enum call_name : uint16_t {"
    "\"connect\" = 0, \"close\" = 1, \"send\" = 2, \"recv\" = 3, \"poll\" = 4, \"nanosleep\" = 5,"
    "\"SSL_connect\" = 6, \"SSL_read\" = 7, \"SSL_write\" = 8, \"dup2\" = 9, \"accept\" = 10,"
    "\"epoll_wait\" = 11, \"pthread_mutex_lock\" = 12, \"pthread_cond_wait\" = 13,"
    "\"sem_wait\" = 14, \"pthread_join\" = 15, \"waitpid\" = 16, \"fsync\" = 17,"
    "\"getaddrinfo\" = 18, \"read\" = 19, \"write\" = 20, \"select\" = 21, \"close_range\" = 22,"
    "\"shutdown\" = 23, \"sendmsg\" = 24, \"recvmsg\" = 25, \"SSL_shutdown\" = 26, \"dup\" = 27,"
    "\"__read_chk\" = 28, \"flock\" = 29, \"epoll_pwait\" = 30, \"SSL_read_ex\" = 31 };";

/* --- the files --- */

static void write_records(const char *name, const uint8_t word[WORD], const uint8_t *data,
                          size_t size)
{
    static uint8_t chunk[CHUNK_MAX];
    const struct trace_packet packet = {
        .magic = TRACE_CTF_MAGIC,
        .instance = 1,
        .content_bits = (sizeof packet + size) * 8,
        .packet_bits = (sizeof packet + size) * 8,
        .process_start = word[5],
        .pid = word[5],
        .tid = word[5] + word[6],
        .thread = word[6] == PROCESS_THREAD ? TRACE_PROCESS_THREAD : word[6],
        .chunk = word[7],
        .version = TRACE_FORMAT_VERSION,
    };
    if (size > sizeof chunk - sizeof packet)
        size = sizeof chunk - sizeof packet;
    memcpy(chunk, &packet, sizeof packet);
    memcpy(chunk + sizeof packet, data, size);
    fuzz_write(name, chunk, sizeof packet + size);
}

static void write_file(const uint8_t word[WORD], const uint8_t *data, size_t size)
{
    static unsigned number;
    char name[32];
    snprintf(name, sizeof name, "%u", number++ % 64);
    switch (word[4]) {
    case 'm':
        fuzz_write("metadata", data, size);
        break;
    case 'r':
        write_records(name, word, data, size);
        break;
    case 'e':
        snprintf(name, sizeof name, ".end.%u", word[5]);
        fuzz_write(name, data, size);
        break;
    default:
        fuzz_write(name, data, size);
    }
}

static bool is_mark(const uint8_t *at, const uint8_t *end)
{
    return end - at >= WORD && !memcmp(at, mark, strlen(mark));
}

static void write_trace(const uint8_t *data, size_t size)
{
    const uint8_t *end = data + size;
    fuzz_clear();
    fuzz_write("metadata", metadata_text, strlen(metadata_text));
    while (data < end && is_mark(data, end)) {
        const uint8_t *word = data, *begin = data + WORD;
        for (data = begin; data < end && !is_mark(data, end);)
            data += end - data < WORD ? end - data : WORD;
        write_file(word, begin, (size_t)(data - begin));
    }
}

/* --- the report --- */

/* A run has one audience; the input's length decides which. */
static const struct {
    struct audience *(*listen)(struct error *error);
    void (*render)(const struct report *report, const struct style *style, FILE *out);
} told[] = {
    {perfetto_listen, render_perfetto}, {html_listen, render_html}, {ledger_listen, render_ledger}};
enum { TOLD = sizeof told / sizeof *told, LEDGER = TOLD - 1 };

/* Each figure is the sum of its lines. What damage has made longer than all recordings together
 * could be need not be exact. */
static void check_ledger(const struct report *report)
{
    const double figures[LEDGER_FIGURES] = {
        report->blame->serialized_s,    report->blame->waiting_conn_s,
        report->blame->loop_blocked_s,  report->blame->held_tasks_s,
        report->blame->lock_wait_s,     report->blame->interpreter_lock_s,
        report->blame->idle_s,          report->blame->computing_s,
        report->blame->computing_conn_s};
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    render_ledger(report, NULL, out);
    fclose(out);
    for (size_t i = 0; i < LEDGER_FIGURES; i++) {
        double sum = ledger_sum(text, ledger_figures[i].letter);
        FUZZ_EXPECT(sum >= 0);
        FUZZ_EXPECT(sum > 1e9 || fabs(sum - figures[i]) <= 1e-6 + sum * 1e-9);
    }
    free(text);
}

static void render(const struct report *report, unsigned format)
{
    static const struct style style = {.colour = true, .utf8 = true, .width = 80};
    static const struct style plain = {.width = 40};
    render_text(report, &style, fuzz_nowhere());
    render_text(report, &plain, fuzz_nowhere());
    render_folded(report, &style, fuzz_nowhere());
    render_pprof(report, &style, fuzz_nowhere());
    if (format == LEDGER)
        check_ledger(report);
    else
        told[format].render(report, &style, fuzz_nowhere());
}

/* What is to be printed as it is must be so for any trace. */
static void check_figures(const struct blame *blame)
{
    FUZZ_EXPECT(blame->wall_s >= 0 && isfinite(blame->wall_s));
    FUZZ_EXPECT(blame->coverage >= 0 && blame->coverage <= 1);
    FUZZ_EXPECT(blame->serialized_s >= 0 && isfinite(blame->serialized_s));
    FUZZ_EXPECT(blame->what_if_s >= 0 && isfinite(blame->what_if_s));
}

/* The JSON report of any trace is one that can be judged. */
static void judge(const struct report *report)
{
    char *text;
    size_t size;
    struct summary summary;
    struct error error;
    FILE *out = open_memstream(&text, &size);
    render_json(report, NULL, out);
    fclose(out);
    json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    FUZZ_EXPECT(root);
    FUZZ_EXPECT(summary_read(&summary, "trace", root, &error) == 0);
    judge_run(&summary, &summary);
    summary_finish(&summary);
    json_decref(root);
    free(text);
}

static void use(struct trace *trace, unsigned format)
{
    struct model model;
    struct accounts accounts;
    struct blame blame;
    struct error error;
    struct symbols *symbols = symbols_create(NULL);
    struct audience *audience = told[format].listen(&error);
    FUZZ_EXPECT(audience);
    accounts_build(&accounts, &model, trace, symbols, audience);
    if (model.process_count && !audience_finish(audience, &error)) {
        model_symbolise(&model);
        blame_compute(&blame, &model, &accounts);
        const struct report report = {.model = &model,
                                      .accounts = &accounts,
                                      .blame = &blame,
                                      .symbols = symbols,
                                      .audience = audience};
        check_figures(&blame);
        render(&report, format);
        judge(&report);
        blame_finish(&blame);
    }
    accounts_finish(&accounts, &model);
    model_finish(&model);
    audience_destroy(audience);
    symbols_destroy(symbols);
}

static void warn(void *data, const char *line)
{
    (void)data;
    FUZZ_EXPECT(*line && !strchr(line, '\n'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct trace_warnings warnings = {warn, NULL};
    struct trace trace;
    struct error error = {""};
    write_trace(data, size);
    char *paths[] = {(char *)fuzz_directory()};
    if (trace_open(&trace, paths, 1, &warnings, &error)) {
        FUZZ_EXPECT(*error.text && !strchr(error.text, '\n'));
        return 0;
    }
    use(&trace, size / WORD % TOLD);
    trace_close(&trace);
    return 0;
}
