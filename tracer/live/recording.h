/*
 * recording.h: begins and ends a recording in a running process, by its page.
 */
#ifndef LIVE_RECORDING_H
#define LIVE_RECORDING_H

#include "live/page.h"

enum recording_answer {
    RECORDING_DONE,    /* the process has obeyed */
    RECORDING_PENDING, /* it has made no call since; it will obey with the next one */
    RECORDING_REFUSED  /* `error` is set */
};

/* Has the process record into `directory`, an absolute path. Waits for its answer for a while. */
enum recording_answer recording_begin(const struct page *page, const char *directory,
                                      struct error *error);

/* Has it stop, or takes back what it was asked for and has not begun. What it records stops at
 * once. */
enum recording_answer recording_end(const struct page *page, struct error *error);

#endif
