/* early_call: a linked library's constructor calls the hooks before their own library is ready.
 * Afterwards tasks work as ever. */
#include "early_library.h"
#include "facts.h"

#include <greq/greq.h>
#include <unistd.h>

static void *wait_shortly(void *item)
{
    usleep(50000);
    return item;
}

int main(void)
{
    void *items[10] = {NULL};
    fact("%s", early_library_facts());
    double start = now_s();
    fact("map %s", error_name(greq_map(wait_shortly, items, NULL, 10, 0)));
    timing("elapsed", now_s() - start);
}
