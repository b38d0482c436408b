/*
 * Walks over code that was walked over before: either they say that they do not know, or they find
 * the very frames that the tables give.
 */
#include "unwind/known.h"

#include "suite.h"

#include <alloca.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FRAMES = 200, MARK = 77 };

static struct {
    unsigned known, unknown, wrong, marks;
} seen;
static unsigned generation = 1;

/* Its frames, by the tables; keeps them if `keep`. Returns how many. */
static unsigned walk_by_tables(struct unwind *unwind, uint64_t frames[MAX_FRAMES], bool keep)
{
    unsigned count = 0;
    enum unwind_state state;
    do {
        struct known_frame frame = known_frame_of(unwind);
        state = unwind_next(unwind);
        if (state == UNWIND_FRAME && count < MAX_FRAMES)
            frames[count++] = unwind->pc;
        if (keep)
            known_add(&frame, generation, MARK);
    } while (state == UNWIND_FRAME);
    ck_assert_int_eq(state, UNWIND_START);
    return count;
}

/* Its frames as far as they are known. Returns how many, and whether they go to the stack's start.
 */
static unsigned walk_known(struct known_walk *walk, uint64_t frames[MAX_FRAMES], bool *to_start)
{
    unsigned count = 0;
    enum known_state state;
    while ((state = known_next(walk)) == KNOWN_FRAME && count < MAX_FRAMES) {
        seen.marks += walk->mark == MARK;
        if (walk->pc)
            frames[count++] = walk->pc;
    }
    *to_start = state == KNOWN_START;
    return count;
}

/* Both walks of one stack, and the tables' is kept for the next time. */
static __attribute__((noinline)) void look(bool keep)
{
    uint64_t frames[MAX_FRAMES], known[MAX_FRAMES];
    bool to_start;
    struct unwind unwind;
    unwind_begin(&unwind);
    struct known_walk walk = known_begin(&unwind, generation);
    unsigned known_count = walk_known(&walk, known, &to_start);
    unsigned count = walk_by_tables(&unwind, frames, keep);
    seen.wrong += known_count > count || (to_start && known_count != count) ||
                  memcmp(known, frames, known_count * sizeof *known) != 0;
    if (to_start)
        seen.known++;
    else
        seen.unknown++;
}

static void begin(void)
{
    memset(&seen, 0, sizeof seen);
    module_open();
}

/* From one place. */
static __attribute__((noinline)) void look_often(unsigned times)
{
    for (volatile unsigned i = 0; i < times; i++)
        look(true);
    __asm__ volatile("");
}

static __attribute__((noinline)) void look_from_elsewhere(void)
{
    look(false);
    __asm__ volatile("");
}

START_TEST(what_was_walked_over_is_known)
{
    begin();
    look_often(3);
    ck_assert_uint_eq(seen.unknown, 1);
    ck_assert_uint_eq(seen.known, 2);
    ck_assert_uint_eq(seen.wrong, 0);
    ck_assert_uint_ge(seen.marks, 2);
}
END_TEST

START_TEST(one_new_frame_is_not_known)
{
    begin();
    look(true);
    look_from_elsewhere();
    ck_assert_uint_eq(seen.known, 0);
}
END_TEST

START_TEST(nothing_is_known_in_another_generation)
{
    begin();
    for (volatile int i = 0; i < 2; i++) {
        look_often(2);
        generation++;
    }
    ck_assert_uint_eq(seen.known, 2);
    ck_assert_uint_eq(seen.unknown, 2);
}
END_TEST

/* Frames of a stack fall into the same bucket of the table now and then. Their addresses are made
 * up, so that they do so alike in each run. */
START_TEST(frames_of_one_stack_do_not_displace_each_other)
{
    enum { STACKS = 300, FRAMES = 30 };
    unsigned forgotten = 0;
    uint64_t address = 1;
    for (unsigned stack = 0; stack < STACKS; stack++) {
        struct known_walk frames[FRAMES];
        for (unsigned i = 0; i < FRAMES; i++) {
            address = address * UINT64_C(6364136223846793005) + 1442695040888963407;
            frames[i] = (struct known_walk){.pc = address >> 17, .generation = generation};
            known_add_start(frames[i].pc, generation, MARK);
        }
        bool all = true;
        for (unsigned i = 0; i < FRAMES; i++)
            all &= known_next(&frames[i]) == KNOWN_START;
        forgotten += !all;
    }
    ck_assert_uint_le(forgotten, STACKS / 100);
}
END_TEST

/* ---- stacks of all shapes ---- */

static int compare(const void *left, const void *right);
static unsigned depth;

static __attribute__((noinline)) void go_on(unsigned choice)
{
    if (depth >= 12 || choice % 7 == 6) {
        look(true);
        return;
    }
    depth++;
    int items[2] = {0, 1};
    if (choice % 3 == 0)
        qsort(items, 2, sizeof *items, compare);
    else
        compare(&items[0], &items[1]);
    depth--;
    __asm__ volatile("");
}

/* Its frame is of any size. */
static __attribute__((noinline)) int compare(const void *left, const void *right)
{
    size_t size = 1 + (size_t)rand() % 2000;
    char *room = alloca(size);
    memset(room, rand(), size);
    go_on((unsigned)rand());
    __asm__ volatile("" : : "r"(room) : "memory");
    return *(const int *)left - *(const int *)right;
}

START_TEST(known_frames_are_those_of_the_tables)
{
    begin();
    srand(1);
    for (int i = 0; i < 3000; i++)
        go_on((unsigned)rand());
    ck_assert_uint_eq(seen.wrong, 0);
    ck_assert_uint_ge(seen.known, 2500);
}
END_TEST

SUITE("known frames", ONCE(what_was_walked_over_is_known), ONCE(one_new_frame_is_not_known),
      ONCE(nothing_is_known_in_another_generation),
      ONCE(frames_of_one_stack_do_not_displace_each_other),
      ONCE(known_frames_are_those_of_the_tables))
