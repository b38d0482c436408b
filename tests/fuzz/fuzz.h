/*
 * fuzz.h: what the fuzz targets share: files made of the input, and a place for output.
 *
 * A target is one file, target_NAME.c, that gives any bytes to a part of the tracer and aborts when
 * the part breaks a promise; the sanitizers see to the rest. It is built twice: with libFuzzer (see
 * `run`), and with replay.c, which gives it the corpus alone.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* libFuzzer's name for the function that takes one input. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program, which keeps the input, when a promise is broken. */
#define FUZZ_EXPECT(condition) ((condition) ? (void)0 : fuzz_fail(#condition, __FILE__, __LINE__))
_Noreturn void fuzz_fail(const char *what, const char *file, int line);

/* A directory of this process's own, removed at its end. */
const char *fuzz_directory(void);

/* Writes a file into the directory, in place of one of that name. Returns its path, which stays
 * valid until the next call. */
const char *fuzz_write(const char *name, const void *bytes, size_t size);

/* Removes all that was written. */
void fuzz_clear(void);

/* A stream that keeps nothing. */
FILE *fuzz_nowhere(void);

#endif
