#include "account/books.h"

#include "base/memory.h"
#include "model/site.h"

#include <stdlib.h>

void figures_add(struct figures *figures, size_t site, enum figure figure, uint64_t ns)
{
    figures->sites = memory_reach(figures->sites, site, &figures->capacity, sizeof *figures->sites);
    figures->sites[site][figure] += ns;
}

const uint64_t *figures_of(const struct figures *figures, size_t site)
{
    static const uint64_t none[FIGURES];
    return site < figures->capacity ? figures->sites[site] : none;
}

void figures_finish(struct figures *figures)
{
    free(figures->sites);
    *figures = (struct figures){0};
}

void books_tell(const struct books *books, const struct booking *booking)
{
    if (books->told && books->told->book && booking->amount)
        books->told->book(books->told, booking);
}

static void note_thread(struct books *books, enum figure figure, const struct booking *booking)
{
    const struct booked_on on = {.first = booking->thread};
    size_t site = booking->site->number;
    books->sites = memory_reach(books->sites, site, &books->capacity, sizeof *books->sites);
    booked_on_add(&books->on[figure], on);
    booked_on_add(&books->sites[site][figure], on);
}

void books_add(struct books *books, enum figure figure, const struct booking *booking)
{
    figures_add(&books->figures, booking->site->number, figure, booking->amount);
    if (booking->amount)
        note_thread(books, figure, booking);
    books_tell(books, booking);
}

struct booked_on books_on(const struct books *books, size_t site, enum figure figure)
{
    return site < books->capacity ? books->sites[site][figure] : (struct booked_on){0};
}

void books_finish(struct books *books)
{
    figures_finish(&books->figures);
    free(books->sites);
    *books = (struct books){0};
}
