/*
 * bench.h: what every program of the benchmark needs: its arguments, a time limit, the clock, the
 * CPU time and the memory of its process, and one way to give up.
 *
 * A program prints its result as one line of key=value pairs on standard output and exits with 0.
 * On any doubt (a wrong answer, a call that failed) it prints one line on standard error and exits
 * with 1. It compares nothing: that is the work of `run`.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>

/* Time used by the process: all its threads, user and system together. */
struct usage {
    double wall_s;
    double cpu_s;
};

/* Memory of the process as it is now. Page tables are no part of the resident set, and a stack far
 * from all others needs one of its own. */
struct memory {
    double resident_kib;
    double page_tables_kib;
};

/* Prints "PROGRAM: message" on standard error and exits with 1. */
_Noreturn void bench_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* To be called first: a program that hangs is ended by SIGALRM. */
void bench_limit_time(void);

/* Allows this many open descriptors on top of the few that every process has. */
void bench_allow_descriptors(uint32_t count);

/* Keeps the calling thread, and the threads that it will start, on the CPU it runs on. */
void bench_pin(void);

/* The argument at `index`, called `name` in the complaint, as a number of 1 or more. */
uint32_t bench_number(int argc, char *argv[], int index, const char *name);

/* Memory of zeroes for `count` things, from the start of a cache line on. The caller frees. */
void *bench_allocate(uint32_t count, uint64_t size);

struct usage usage_now(void);
struct usage usage_since(struct usage start);

/* Prints the result: how many things were done, and what was used for all of them. */
void usage_print(struct usage used, uint64_t count);

struct memory memory_now(void);

#endif
