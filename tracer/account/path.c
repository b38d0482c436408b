#include "account/path.h"

#include <stdbool.h>

static bool is_same(const struct path_piece *a, const struct path_piece *b)
{
    return a->kind == b->kind && a->site == b->site && a->peer == b->peer;
}

static struct path_piece *find(struct path *path, const struct path_piece *what)
{
    for (size_t i = 0; i < path->count; i++)
        if (is_same(&path->pieces[i], what))
            return &path->pieces[i];
    return NULL;
}

static void merge(struct path_piece *into, const struct path_piece *more)
{
    if (!into->count || more->begun < into->begun)
        into->begun = more->begun;
    into->took += more->took;
    into->spare += more->spare;
    into->count += more->count;
}

/* The first place is that of the rest, once there is one. */
static void make_room(struct path *path)
{
    struct path_piece *rest = &path->pieces[0];
    size_t smallest = path->count - 1;
    if (path->count < PATH_KEPT)
        return;
    for (size_t i = 1; i < path->count; i++)
        if (path->pieces[i].took < path->pieces[smallest].took)
            smallest = i;
    if (rest->kind != PIECE_REST) {
        struct path_piece first = *rest;
        *rest = (struct path_piece){.kind = PIECE_REST};
        merge(rest, &path->pieces[smallest]);
        path->pieces[smallest] = first;
        return make_room(path);
    }
    merge(rest, &path->pieces[smallest]);
    path->pieces[smallest] = path->pieces[--path->count];
}

static void add(struct path *path, const struct path_piece *piece)
{
    struct path_piece *found = find(path, piece);
    if (found) {
        merge(found, piece);
        return;
    }
    make_room(path);
    path->pieces[path->count++] = *piece;
}

void path_add(struct path *path, const struct path_piece *what, uint64_t until)
{
    struct path_piece piece = *what;
    if (until <= path->until)
        return;
    piece.begun = path->until;
    piece.took = piece.spare = until - path->until;
    piece.count = 1;
    path->until = until;
    add(path, &piece);
}

/* When the first record of it came; 0: it does not begin with one. */
static uint64_t first_record(const struct path *path)
{
    const struct path_piece first = {.kind = PIECE_UNRECORDED};
    const struct path_piece *found = find((struct path *)path, &first);
    return found ? found->begun + found->took : 0;
}

/* What both did at once counts once: the one that was started had its own work to do first. */
int path_go_on(struct path *path, const struct path *started, const struct path_piece *between)
{
    struct path both = *path;
    uint64_t begun = first_record(started);
    path_add(&both, between, begun);
    uint64_t twice = both.until - begun;
    if (!begun)
        return -1;
    for (size_t i = 0; i < started->count; i++) {
        struct path_piece piece = started->pieces[i];
        uint64_t cut = piece.kind == PIECE_OWN ? twice : 0;
        cut = cut < piece.took ? cut : piece.took;
        twice -= cut;
        piece.took -= cut;
        piece.spare = piece.spare < piece.took ? piece.spare : piece.took;
        if (piece.kind != PIECE_UNRECORDED && piece.took)
            add(&both, &piece);
    }
    both.until = started->until;
    if (twice)
        return -1;
    *path = both;
    return 0;
}

/* For the same peer, wherever that was, or for none. */
static bool is_alike(const struct path_piece *a, const struct path_piece *b)
{
    return a->peer == b->peer && (a->peer || a->kind == b->kind);
}

static uint64_t spare_of(const struct path *path, const struct path_piece *like)
{
    uint64_t spare = 0;
    for (size_t i = 0; i < path->count; i++)
        if (is_alike(&path->pieces[i], like))
            spare += path->pieces[i].spare;
    return spare;
}

static bool is_first_alike(const struct path *path, size_t number)
{
    size_t first = 0;
    while (!is_alike(&path->pieces[first], &path->pieces[number]))
        first++;
    return first == number;
}

/* All that are like the first of them have no more than that together. */
static void limit_alike(struct path *path, size_t first, uint64_t most)
{
    for (size_t i = first; i < path->count; i++) {
        struct path_piece *piece = &path->pieces[i];
        if (!is_alike(piece, &path->pieces[first]))
            continue;
        if (piece->spare > most)
            piece->spare = most;
        most -= piece->spare;
    }
}

void path_limit(struct path *path, const struct path *waiter, uint64_t window)
{
    for (size_t i = 0; i < path->count; i++)
        if (is_first_alike(path, i))
            limit_alike(path, i, window + spare_of(waiter, &path->pieces[i]));
}

void path_name_peer(struct path *path, const struct site *site, uint64_t begun, uint64_t took,
                    const struct peer *peer)
{
    struct path_piece piece = {PIECE_EVENTS, (struct site *)site, NULL, begun, took, took, 1};
    struct path_piece *found = find(path, &piece);
    if (!found || found->took < took || !found->count)
        return;
    found->took -= took;
    piece.spare = found->spare < took ? found->spare : took;
    found->spare -= piece.spare;
    found->count--;
    if (!found->count)
        *found = path->pieces[--path->count];
    piece.peer = peer;
    add(path, &piece);
}
