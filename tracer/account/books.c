#include "account/books.h"

#include "base/memory.h"
#include "model/site.h"

#include <stdlib.h>
#include <string.h>

void figures_add(struct figures *figures, size_t site, enum figure figure, uint64_t ns)
{
    if (site >= figures->capacity) {
        size_t capacity = 2 * site + 16;
        uint64_t(*sites)[FIGURES] = memory_alloc(capacity, sizeof *sites);
        if (figures->capacity)
            memcpy(sites, figures->sites, figures->capacity * sizeof *sites);
        free(figures->sites);
        figures->sites = sites;
        figures->capacity = capacity;
    }
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

void books_add(struct books *books, enum figure figure, const struct booking *booking)
{
    figures_add(&books->figures, booking->site->number, figure, booking->amount);
    books_tell(books, booking);
}
