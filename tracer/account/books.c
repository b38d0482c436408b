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

static void note_thread(struct books *books, enum figure figure, const struct thread *thread)
{
    if (!books->first[figure])
        books->first[figure] = thread;
    books->are_several[figure] |= books->first[figure] != thread;
}

void books_add(struct books *books, enum figure figure, const struct booking *booking)
{
    figures_add(&books->figures, booking->site->number, figure, booking->amount);
    if (booking->amount)
        note_thread(books, figure, booking->thread);
    books_tell(books, booking);
}
