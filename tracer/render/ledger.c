/*
 * ledger.c: each piece of time that an account books, a line for each: by which rule, since when
 * and until when, how much of that, who waited, and behind what. So a figure can be added up again
 * from its lines, and where it is wrong, a line is.
 *
 *     being told      a piece goes to a temporary file; names are not known yet
 *     printing        the file once more, with names
 *
 * A wait for a lock is known to have been one only at the end (rule K4), so these lines are left
 * out when they are printed.
 */
#include "base/memory.h"
#include "model/call.h"
#include "render/clean.h"
#include "render/paint.h"
#include "render/render.h"
#include "render/spool.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { PEER_SIZE = 256, PLACE_SIZE = 256 };

#define NO_SITE UINT32_MAX

struct ledger {
    struct audience audience; /* first */
    FILE *spool;
};

/* As it lies in the file; followed by the peer's name, cut to PEER_SIZE, if a connection waited. */
struct piece {
    uint64_t since;
    uint64_t until;
    uint64_t amount;
    uint64_t connection; /* its number; 0: none */
    uint64_t lock;       /* its address; 0: none */
    uint32_t rule;
    uint32_t site;   /* number */
    uint32_t waiter; /* number of the site that waited, or NO_SITE */
    uint32_t pid;
    uint32_t thread;         /* number, of what it waited behind */
    uint32_t waiting_thread; /* number */
    uint32_t peer_length;
};

/* --- being told --- */

static void keep(struct bookings *bookings, const struct booking *booking)
{
    struct ledger *ledger = (struct ledger *)audience_of(bookings);
    const struct connection *connection = booking->connection;
    const struct call *call = booking->call;
    const char *peer = connection ? connection->peer : "";
    const struct piece piece = {
        .since = booking->since,
        .until = booking->until,
        .amount = booking->amount,
        .connection = connection ? connection->number : 0,
        .lock = call ? call->lock.address : 0,
        .rule = booking->rule,
        .site = booking->site->number,
        .waiter = call && call->site ? call->site->number : NO_SITE,
        .pid = booking->thread->process->pid,
        .thread = booking->thread->number,
        .waiting_thread = call ? call->task->thread->number : 0,
        .peer_length = strnlen(peer, PEER_SIZE - 1),
    };
    fwrite(&piece, sizeof piece, 1, ledger->spool);
    fwrite(peer, 1, piece.peer_length, ledger->spool);
}

static int finish(struct audience *audience, struct error *error)
{
    return spool_finish(((struct ledger *)audience)->spool, error);
}

static void destroy(struct audience *audience)
{
    fclose(((struct ledger *)audience)->spool);
    free(audience);
}

struct audience *ledger_listen(struct error *error)
{
    FILE *spool = spool_open(error);
    if (!spool)
        return NULL;
    struct ledger *ledger = memory_alloc(1, sizeof *ledger);
    *ledger = (struct ledger){
        .audience = {.bookings.book = keep, .finish = finish, .destroy = destroy},
        .spool = spool,
    };
    return &ledger->audience;
}

/* --- printing --- */

static void put_clean(FILE *out, const char *text)
{
    char *clean = clean_copy(text, false);
    fputs(clean, out);
    free(clean);
}

/* "recv in fetch (client.c:12) on fd 5 to 127.0.0.1:80" */
static void put_site(const struct model *model, uint32_t number, FILE *out)
{
    char place[PLACE_SIZE];
    const struct call_group *group = model->sites.items[number]->group;
    const struct frame *frame = group_call_site(group);
    put_clean(out, model_function(model, group->function));
    fputs(" in ", out);
    put_clean(out, frame->function);
    fputs(" (", out);
    put_clean(out, paint_place(place, sizeof place, frame));
    fputs(")", out);
    char *descriptor = paint_descriptor(group);
    put_clean(out, descriptor);
    free(descriptor);
}

static void put_waiter(const struct model *model, const struct piece *piece, const char *peer,
                       FILE *out)
{
    if (piece->connection) {
        fprintf(out, "connection %" PRIu64 " to ", piece->connection);
        put_clean(out, peer);
    } else if (piece->waiter != NO_SITE) {
        fprintf(out, "thread %" PRIu32 " of %" PRIu32 ": ", piece->waiting_thread, piece->pid);
        put_site(model, piece->waiter, out);
    } else {
        fputs("-", out);
    }
}

/* A time since the run began. All its digits are needed: lines are added up. */
static void put_time(FILE *out, const struct model *model, uint64_t time)
{
    uint64_t since = time > model->begin ? time - model->begin : 0;
    fprintf(out, "%" PRIu64 ".%09" PRIu64, since / 1000000000, since % 1000000000);
}

static void put_piece(const struct report *report, const struct piece *piece, const char *peer,
                      FILE *out)
{
    static const char *const names[] = {
#define X(name) #name,
        BOOKING_RULES(X)
#undef X
    };
    const struct model *model = report->model;
    fprintf(out, "%s\t", names[piece->rule]);
    put_time(out, model, piece->since);
    fputs("\t", out);
    put_time(out, model, piece->until);
    fprintf(out, "\t%" PRIu64 ".%09" PRIu64 "\t", piece->amount / 1000000000,
            piece->amount % 1000000000);
    put_waiter(model, piece, peer, out);
    fprintf(out, "\tthread %" PRIu32 " of %" PRIu32 ": ", piece->thread, piece->pid);
    put_site(model, piece->site, out);
    fputs("\n", out);
}

static bool is_for_work(const struct report *report, const struct piece *piece)
{
    struct site *const *sites = report->model->sites.items;
    return piece->waiter != NO_SITE &&
           !convoys_are_mutual(&report->accounts->convoys, sites[piece->waiter], sites[piece->site],
                               piece->lock);
}

void render_ledger(const struct report *report, const struct style *style, FILE *out)
{
    (void)style;
    FILE *spool = ((const struct ledger *)report->audience)->spool;
    struct piece piece;
    char peer[PEER_SIZE];
    fputs("rule\tsince_s\tuntil_s\tseconds\twaiter\tbehind\n", out);
    while (fread(&piece, sizeof piece, 1, spool) == 1) {
        if (fread(peer, 1, piece.peer_length, spool) != piece.peer_length)
            break;
        peer[piece.peer_length] = '\0';
        if (!is_for_work(report, &piece))
            put_piece(report, &piece, peer, out);
    }
}
