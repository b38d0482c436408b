/*
 * number.h: numbers as people write them into budgets and options.
 */
#ifndef CHECK_NUMBER_H
#define CHECK_NUMBER_H

#include <stdbool.h>

/* Reads a decimal number, "12" or "0.5": no sign, no exponent, a point whatever the locale is.
 * Returns false, and leaves `*number`, for anything else. */
bool number_read(double *number, const char *text);

#endif
