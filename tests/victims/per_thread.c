/*
 * per_thread: what libc keeps per thread is each task's own: what a task has set is there after its
 * waits, and others do not see it.
 */
#include "facts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fenv.h>
#include <greq/greq.h>
#include <locale.h>
#include <netdb.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { TASKS = 6, ROUNDS = 4 };

/* Something of the thread's that a task sets, and finds again after waits of different lengths. */
struct property {
    const char *name;
    void (*set)(int value); /* one of 0 ... VALUES - 1 */
    int (*get)(void);
};
enum { VALUES = 3 };

static const struct property *property;

static void wait_somehow(int index, int round)
{
    if ((index + round) % 3)
        usleep(1000u * (unsigned)(1 + (index * 3 + round) % 5));
    else
        greq_yield();
}

static void *keep(void *item)
{
    int index = (int)(intptr_t)item, right = 0;
    int before = property->get();
    for (int round = 0; round < ROUNDS; round++) {
        int value = (index + round) % VALUES;
        property->set(value);
        wait_somehow(index, round);
        right += property->get() == value;
    }
    property->set(before);
    return (void *)(intptr_t)right;
}

/* Sets nothing: it sees what whoever made it had. */
static void *look_on(void *none)
{
    int right = 0, before = property->get();
    (void)none;
    for (int round = 0; round < ROUNDS; round++) {
        wait_somehow(1, round);
        right += property->get() == before;
    }
    return (void *)(intptr_t)right;
}

static void run(const struct property *which)
{
    greq_task *tasks[TASKS + 1];
    property = which;
    int before = which->get();
    for (int i = 0; i < TASKS; i++)
        tasks[i] = greq_spawn(keep, (void *)(intptr_t)i);
    tasks[TASKS] = greq_spawn(look_on, NULL);
    for (int i = 0; i <= TASKS; i++) {
        void *right = NULL;
        greq_join(tasks[i], &right);
        fact("%s: task %d: %d of %d", which->name, i, (int)(intptr_t)right, ROUNDS);
    }
    fact("%s: main has its own: %d", which->name, which->get() == before);
}

/* ---- errno and h_errno ---- */

static void set_errno(int value)
{
    errno = value + 1;
}

static int get_errno(void)
{
    return errno - 1;
}

static void set_h_errno(int value)
{
    h_errno = value;
}

static int get_h_errno(void)
{
    return h_errno;
}

/* ---- the locale, by the character that a number is written with ---- */

static locale_t locales[VALUES];

static void make_locales(void)
{
    locales[0] = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    locales[1] = newlocale(LC_ALL_MASK, "C.UTF-8", (locale_t)0);
    locales[2] = LC_GLOBAL_LOCALE;
}

static void set_locale(int value)
{
    uselocale(locales[value]);
}

static int get_locale(void)
{
    int value = 0;
    while (value < VALUES - 1 && uselocale((locale_t)0) != locales[value])
        value++;
    return value;
}

/* ---- floating point ---- */

static const int roundings[VALUES] = {FE_TONEAREST, FE_UPWARD, FE_TOWARDZERO};

static void set_rounding(int value)
{
    fesetround(roundings[value]);
}

static int get_rounding(void)
{
    int value = 0;
    while (value < VALUES - 1 && fegetround() != roundings[value])
        value++;
    return value;
}

static void set_flags(int value)
{
    feclearexcept(FE_ALL_EXCEPT);
    feraiseexcept(value == 0 ? 0 : value == 1 ? FE_DIVBYZERO : FE_INVALID);
}

static int get_flags(void)
{
    return fetestexcept(FE_DIVBYZERO) ? 1 : fetestexcept(FE_INVALID) ? 2 : 0;
}

/* ---- rights to memory with a protection key, where there are such ---- */

static const unsigned rights[VALUES] = {0, PKEY_DISABLE_ACCESS, PKEY_DISABLE_WRITE};
static int key;

static void set_rights(int value)
{
    must(pkey_set(key, rights[value]), "pkey_set");
}

static int get_rights(void)
{
    int value = 0;
    while (value < VALUES - 1 && pkey_get(key) != (int)rights[value])
        value++;
    return value;
}

/* Sets none, and was parked before there was a key. */
static void *never_open(void *none)
{
    (void)none;
    usleep(20000);
    return (void *)(intptr_t)(pkey_get(key) == PKEY_DISABLE_ACCESS);
}

static void tell_rights(void)
{
    static const struct property property_of_keys = {"rights by a key", set_rights, get_rights};
    void *right = NULL;
    greq_task *early = greq_spawn(never_open, NULL);
    greq_yield();
    key = pkey_alloc(0, PKEY_DISABLE_ACCESS);
    greq_join(early, key < 0 ? NULL : &right);
    if (key < 0)
        return;
    fact("rights of who set none: %d", right || !greq_active());
    run(&property_of_keys);
    pkey_free(key);
}

/* ---- results that lie in the thread's memory ---- */

static void *read_late(void *item)
{
    int index = (int)(intptr_t)item, right = 0;
    for (int round = 0; round < ROUNDS; round++) {
        char expected[INET_ADDRSTRLEN];
        struct in_addr address = {.s_addr = htonl(0xc0000200u + (uint32_t)(10 * round + index))};
        snprintf(expected, sizeof expected, "192.0.2.%d", 10 * round + index);
        const char *text = inet_ntoa(address);
        wait_somehow(index, round);
        right += strcmp(text, expected) == 0;
    }
    return (void *)(intptr_t)right;
}

static void tell_addresses(void)
{
    void *items[TASKS], *results[TASKS];
    for (int i = 0; i < TASKS; i++)
        items[i] = (void *)(intptr_t)i;
    greq_map(read_late, items, results, TASKS, 0);
    for (int i = 0; i < TASKS; i++)
        fact("inet_ntoa: task %d: %d of %d", i, (int)(intptr_t)results[i], ROUNDS);
}

int main(void)
{
    static const struct property properties[] = {
        {"errno", set_errno, get_errno},
        {"h_errno", set_h_errno, get_h_errno},
        {"locale", set_locale, get_locale},
        {"rounding", set_rounding, get_rounding},
        {"exceptions of floating point", set_flags, get_flags},
    };
    make_locales();
    for (size_t i = 0; i < sizeof properties / sizeof *properties; i++)
        run(&properties[i]);
    tell_addresses();
#ifdef __x86_64__
    tell_rights();
#endif
}
