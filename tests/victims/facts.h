/*
 * facts.h: how victims tell what they saw.
 *
 * A fact is a line on standard output that is the same in every run; a timing is a line that starts
 * with '~' and is left out when runs are compared. What a victim needs to go right, and is not what
 * it is about, goes through must().
 */
#ifndef VICTIMS_FACTS_H
#define VICTIMS_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

void fact(const char *format, ...) __attribute__((format(printf, 1, 2)));
void timing(const char *name, double seconds);

/* Seconds of CLOCK_MONOTONIC. */
double now_s(void);

/* For how many seconds the calling thread has waited for a processor since it began, as the kernel
 * says; 0 where it does not. */
double queued_s(void);

/* "EAGAIN" when result is -1, by errno; else the number. Valid until the eighth call after. */
const char *outcome(ssize_t result);

/* The name of an errno value: "EAGAIN"; "0" for 0. */
const char *error_name(int error);

/* Returns result, or ends the program with a line when it is negative. */
int must(int result, const char *what);

/* When a wait began, by now_s and queued_s. */
struct start {
    double at, queued;
};
struct start start_now(void);

/* Whether the seconds since `start` are at least `least` and, by a generous margin, no more. The
 * margin is VICTIM_LATE_S seconds if that is set, and what the thread has waited for a processor
 * meanwhile. */
bool took(struct start start, double least);

/* Sleeps without a function that libgreq.so knows: what a helper thread or child does that must
 * not be a task's wait. */
void raw_sleep_ms(int ms);

#ifdef __cplusplus
}
#endif

#endif
