/*
 * round.h: what a number is rounded to, without libm, which greq would load at each start for
 * these. Values whose whole part is no int64_t are the caller's fault.
 */
#ifndef BASE_ROUND_H
#define BASE_ROUND_H

#include <stdint.h>
#include <string.h>

/* As llround(3): halves away from zero. */
static inline int64_t round_nearest(double value)
{
    return (int64_t)(value < 0 ? value - 0.5 : value + 0.5);
}

/* As ceil(3), of what is not negative. */
static inline uint64_t round_up(double value)
{
    uint64_t whole = (uint64_t)value;
    return whole + ((double)whole < value);
}

/* As nextafter(3) of what is finite and not negative, towards what is greater. */
static inline double round_next(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    bits++;
    memcpy(&value, &bits, sizeof bits);
    return value;
}

#endif
