/*
 * Locks: what tasks that share them do to each other, what a trace says of threads that wait for
 * each other, and what it costs nobody.
 */
#include "expect.h"
#include "scratch.h"
#include "suite.h"
#include "trace_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *facts;
} cases[] = {
    {"one_mutex", "entries 20, collisions 0\n"},
    {"recursive", "entries 20, collisions 0\n"},
    {"recursive_tried", "entries 20, collisions 0\n"},
    {"recursive_mtx", "entries 20, collisions 0\n"},
    {"checked", "lock 0\nagain EDEADLK\nunlock 0\nlock 0\nagain EDEADLK\nunlock 0\n"
                "entries 2, collisions 0\n"},
    {"with_priority", "the owner went on 1\n"},
    {"readers_and_writers", "entries 20, collisions 0, readers together 1\n"},
    {"writers_that_tried", "entries 20, collisions 0\n"},
    {"semaphore", "entries 20, collisions 0, three at a time 1\n"},
    {"queue_of_tasks", "sum 500500\nno signal was lost 1\n"},
    {"queue_from_thread", "sum 500500\nno signal was lost 1\n"},
    {"queue_to_thread", "sum 500500\nno signal was lost 1\n"},
    {"broadcast", "entries 20, at once 1\n"},
    {"two_threads", "done 4\n"},
    {"storm", "rounds 1800, collisions 0\n"},
    {"fork_meanwhile", "join 0\nentries 1, in the child 7\n"},
    {"join_one_who_needs_us", "join 0\n"},
};
enum { CASES = sizeof cases / sizeof *cases };

START_TEST(tasks_share_locks)
{
    expect_preloaded(WORDS("lock_tasks", cases[_i].name), cases[_i].facts);
}
END_TEST

/* Runs the victim whose threads wait for each other, in a trace's sight. Returns the thread id that
 * it prints. */
static int record(struct scratch *scratch, const char *patch, struct victim_result *text)
{
    char trace[256], words[64];
    snprintf(trace, sizeof trace, "GREQ_TRACE=%s", scratch_path(scratch, "trace"));
    snprintf(words, sizeof words, "GREQ_PATCH=%s", patch);
    struct victim victim = {
        .argv = WORDS("lock_contention"), .env = WORDS(trace, words), .preload = true};
    char *facts = expect_success(&victim, NULL);
    int thread = atoi(facts);
    trace_text_read(text, scratch_path(scratch, "trace"));
    free(facts);
    return thread;
}

static void check_trace(const char *patch)
{
    static const char *const waits[] = {"pthread_mutex_lock", "pthread_rwlock_rdlock", "sem_wait",
                                        "pthread_cond_wait"};
    struct scratch scratch;
    struct victim_result text;
    char said[64];
    scratch_make(&scratch);
    int thread = record(&scratch, patch, &text);
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++)
        ck_assert_int_eq(trace_text_count_calls(&text, waits[i]), 1);
    ck_assert_int_eq(trace_text_count_calls(&text, "pthread_barrier_wait"), 2);
    ck_assert_int_eq(trace_text_count(&text, " lock: "), 6);
    snprintf(said, sizeof said, "holder = %d, waker = %d", thread, thread);
    ck_assert_int_eq(trace_text_count(&text, said), 2); /* mutex, rwlock */
    snprintf(said, sizeof said, "holder = 0, waker = %d", thread);
    ck_assert_int_eq(trace_text_count(&text, said), 3); /* semaphore, condition, barrier */
    ck_assert_int_eq(trace_text_count_calls(&text, "pthread_join"), 1);
    victim_result_free(&text);
    scratch_remove(&scratch);
}

START_TEST(trace_names_holder_and_waker)
{
    check_trace("none");
}
END_TEST

START_TEST(trace_of_patched_locks_is_the_same_without_tasks)
{
    check_trace("all");
}
END_TEST

START_TEST(log_names_the_lock_and_its_owner)
{
    struct victim victim = {.argv = WORDS("lock_contention"),
                            .env = WORDS("GREQ_PATCH=none", "GREQ_LOG=stderr"),
                            .preload = true};
    struct victim_result result;
    char owner[64];
    victim_run(&result, &victim);
    snprintf(owner, sizeof owner, " of thread %d blocked ", atoi(result.out.data));
    const char *line = strstr(result.err.data, " pthread_mutex_lock lock 0x");
    expect_that(line && strstr(line, owner), &victim, &result, "no line with '%s'", owner);
    victim_result_free(&result);
}
END_TEST

SUITE("locks", ONCE(log_names_the_lock_and_its_owner), EACH(tasks_share_locks, CASES),
      ONCE(trace_names_holder_and_waker), ONCE(trace_of_patched_locks_is_the_same_without_tasks))
