#include "live/recording.h"

#include "base/kernel_clock.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#define LOOK_NS 5000000

/* A process that does anything makes a call within that. */
#define PATIENCE_NS UINT64_C(2000000000)

static uint32_t load(const uint32_t *word)
{
    return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

/* The process finds the bit in its next call. */
static void ask(struct live_page *live, enum live_request request)
{
    __atomic_store_n(&live->asked, live->answered + 1, __ATOMIC_RELAXED);
    __atomic_store_n(&live->request, request, __ATOMIC_RELEASE);
    if (request == LIVE_OFF)
        __atomic_fetch_and(&live->mode, ~LIVE_MODE_LOG, __ATOMIC_ACQ_REL);
    __atomic_fetch_or(&live->mode, LIVE_MODE_ASKED, __ATOMIC_ACQ_REL);
}

static bool is_answered(const struct live_page *live)
{
    uint64_t until = (uint64_t)kernel_clock_read(CLOCK_MONOTONIC) + PATIENCE_NS;
    while (load(&live->answered) != load(&live->asked)) {
        if ((uint64_t)kernel_clock_read(CLOCK_MONOTONIC) >= until)
            return false;
        nanosleep(&(struct timespec){0, LOOK_NS}, NULL);
    }
    return true;
}

static enum recording_answer say_why(const struct live_page *live, struct error *error)
{
    if (live->error == -1)
        error_set(error, "%u: the directory holds a trace of another version of greq", live->pid);
    else
        error_set(error, "%u: the process cannot write there: %s", live->pid,
                  strerror(live->error));
    return RECORDING_REFUSED;
}

enum recording_answer recording_begin(const struct page *page, const char *directory,
                                      struct error *error)
{
    struct live_page *live = page->live;
    if (load(&live->state) == LIVE_RECORDING || load(&live->request)) {
        error_set(error, "%u: is being recorded already, in %.900s", live->pid, live->trace);
        return RECORDING_REFUSED;
    }
    if (strlen(directory) >= LIVE_TRACE_SIZE - 100) {
        error_set(error, "%.900s: %s", directory, strerror(ENAMETOOLONG));
        return RECORDING_REFUSED;
    }
    strcpy(live->trace, directory);
    ask(live, LIVE_ON);
    if (!is_answered(live))
        return RECORDING_PENDING;
    return load(&live->state) == LIVE_RECORDING ? RECORDING_DONE : say_why(live, error);
}

/* Whoever takes the request away is the one: the process may be about to obey it. */
static bool take_back(struct live_page *live)
{
    if (load(&live->request) != LIVE_ON ||
        __atomic_exchange_n(&live->request, LIVE_NOTHING, __ATOMIC_ACQ_REL) != LIVE_ON)
        return false;
    __atomic_fetch_and(&live->mode, ~LIVE_MODE_ASKED, __ATOMIC_ACQ_REL);
    __atomic_store_n(&live->asked, live->answered, __ATOMIC_RELEASE);
    return true;
}

enum recording_answer recording_end(const struct page *page, struct error *error)
{
    struct live_page *live = page->live;
    if (take_back(live))
        return RECORDING_DONE;
    if (load(&live->request) == LIVE_OFF)
        return RECORDING_PENDING;
    if (load(&live->state) != LIVE_RECORDING) {
        error_set(error, "%u: is not being recorded", live->pid);
        return RECORDING_REFUSED;
    }
    ask(live, LIVE_OFF);
    return is_answered(live) ? RECORDING_DONE : RECORDING_PENDING;
}
