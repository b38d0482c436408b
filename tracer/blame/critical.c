#include "blame/critical.h"

#include "model/connection.h"

#include <stdlib.h>
#include <string.h>

/* The longest first, and last what is not kept apart. */
static int compare_times(const void *left, const void *right)
{
    const struct blame_segment *a = left, *b = right;
    bool rest = a->kind == PIECE_REST, other = b->kind == PIECE_REST;
    return rest != other ? rest - other : (a->seconds < b->seconds) - (a->seconds > b->seconds);
}

static int compare_begins(const void *left, const void *right)
{
    const struct blame_segment *a = left, *b = right;
    return (a->begun_s > b->begun_s) - (a->begun_s < b->begun_s);
}

static struct blame_segment *find(struct blame_segment *list, size_t count,
                                  const struct blame_segment *like)
{
    size_t i = 0;
    while (i < count &&
           (list[i].kind != like->kind || list[i].call != like->call || list[i].peer != like->peer))
        i++;
    return &list[i];
}

static void merge(struct blame_segment *into, const struct blame_segment *more)
{
    if (!into->count || more->begun_s < into->begun_s)
        into->begun_s = more->begun_s;
    into->seconds += more->seconds;
    into->count += more->count;
}

/* Sites that look alike with names are one. */
static size_t collect(const struct blame *blame, const struct model *model, const struct path *path,
                      struct blame_segment *list)
{
    size_t count = 0;
    for (size_t i = 0; i < path->count; i++) {
        const struct path_piece *piece = &path->pieces[i];
        struct blame_segment segment = {
            .kind = piece->kind,
            .call = blame_call_of(blame, piece->site),
            .peer = piece->peer ? piece->peer->text : NULL,
            .begun_s = (piece->begun - model->begin) / 1e9,
            .seconds = piece->took / 1e9,
            .count = piece->count,
        };
        struct blame_segment *found = find(list, count, &segment);
        if (found < list + count)
            merge(found, &segment);
        else
            list[count++] = segment;
    }
    return count;
}

/* Z5: the longest, in the order of their begins; the others together. */
void critical_add(struct blame *blame, const struct model *model, const struct path *path)
{
    struct blame_segment list[PATH_KEPT];
    size_t count = collect(blame, model, path, list);
    if (!count)
        return;
    qsort(list, count, sizeof *list, compare_times);
    for (size_t i = BLAME_SEGMENTS; i < count; i++) {
        merge(&list[BLAME_SEGMENTS - 1], &list[i]);
        list[BLAME_SEGMENTS - 1].kind = PIECE_REST;
        list[BLAME_SEGMENTS - 1].call = NULL;
        list[BLAME_SEGMENTS - 1].peer = NULL;
    }
    blame->segment_count = count < BLAME_SEGMENTS ? count : BLAME_SEGMENTS;
    memcpy(blame->segments, list, blame->segment_count * sizeof *list);
    qsort(blame->segments, blame->segment_count, sizeof *list, compare_begins);
}
