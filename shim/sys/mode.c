#include "sys/mode.h"
#include "sys/table.h"

_Static_assert(MODE_LOG == LIVE_MODE_LOG && MODE_ASKED == LIVE_MODE_ASKED,
               "commands set and clear these bits");

TABLE union mode_page mode_page __attribute__((aligned(LIVE_PAGE_SIZE)));
bool shim_confined;

/* What the process itself has added and not removed. The page may have been exchanged since its
 * bits were written. */
static unsigned own_bits;

void mode_add(unsigned bits)
{
    __atomic_fetch_or(&own_bits, bits, __ATOMIC_SEQ_CST);
    __atomic_fetch_or(&mode_page.live.mode, bits, __ATOMIC_SEQ_CST);
}

void mode_remove(unsigned bits)
{
    __atomic_fetch_and(&own_bits, ~bits, __ATOMIC_SEQ_CST);
    __atomic_fetch_and(&mode_page.live.mode, ~bits, __ATOMIC_SEQ_CST);
}

/* Who changes a bit writes it here first and then in the page: either the page was the new one
 * already, or it is seen here. */
void mode_page_exchanged(void)
{
    unsigned bits;
    do {
        bits = __atomic_load_n(&own_bits, __ATOMIC_SEQ_CST);
        __atomic_fetch_or(&mode_page.live.mode, bits, __ATOMIC_SEQ_CST);
        __atomic_fetch_and(&mode_page.live.mode, bits | MODE_ASKED, __ATOMIC_SEQ_CST);
    } while (bits != __atomic_load_n(&own_bits, __ATOMIC_SEQ_CST));
}
