/*
 * The descriptors that are the shim's own.
 */
#include "sys/own_fd.h"

#include "child.h"
#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <unistd.h>

static int open_one(void)
{
    int fd = eventfd(0, 0);
    ck_assert_int_ge(fd, 0);
    return fd;
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

START_TEST(adopted_descriptor_is_high_and_closed_on_exec)
{
    int low = open_one(), own = own_fd_adopt(low);
    ck_assert_int_ge(own, 256);
    ck_assert(!is_open(low));
    ck_assert_int_eq(fcntl(own, F_GETFD), FD_CLOEXEC);
    ck_assert_int_eq(open_one(), low); /* programs count on that */
    close(low);
    own_fd_close(own);
}
END_TEST

START_TEST(it_is_known_until_it_is_closed)
{
    int own = own_fd_adopt(open_one());
    ck_assert(own_fd_is(own));
    ck_assert(!own_fd_is(own + 1));
    ck_assert(!own_fd_is(-1));
    own_fd_close(own);
    ck_assert(!own_fd_is(own));
    ck_assert(!is_open(own));
}
END_TEST

START_TEST(minus_one_is_ignored)
{
    ck_assert_int_eq(own_fd_adopt(-1), -1);
    own_fd_close(-1);
    own_fd_forget(-1);
    ck_assert_int_eq(own_fd_next(0), -1);
}
END_TEST

/* errno says why there was nothing to adopt. */
START_TEST(errno_of_who_opened_is_kept)
{
    errno = ENFILE;
    own_fd_adopt(-1);
    ck_assert_int_eq(errno, ENFILE);
}
END_TEST

START_TEST(next_goes_through_them_in_order)
{
    int a = own_fd_adopt(open_one()), b = own_fd_adopt(open_one()), c = own_fd_adopt(open_one());
    own_fd_close(a);
    a = own_fd_adopt(open_one());
    int first = own_fd_next(0), second = own_fd_next(first + 1), third = own_fd_next(second + 1);
    ck_assert_int_lt(first, second);
    ck_assert_int_lt(second, third);
    ck_assert_int_eq(own_fd_next(first), first);
    ck_assert_int_eq(own_fd_next(third + 1), -1);
    ck_assert(own_fd_is(first) && own_fd_is(second) && own_fd_is(third));
    own_fd_close(a);
    own_fd_close(b);
    own_fd_close(c);
}
END_TEST

START_TEST(forgotten_number_stays_open)
{
    int own = own_fd_adopt(open_one());
    own_fd_forget(own);
    ck_assert(!own_fd_is(own));
    ck_assert(is_open(own));
    close(own);
}
END_TEST

static void adopt_within(void *limit)
{
    struct rlimit few = {*(rlim_t *)limit, RLIM_INFINITY};
    child_expect(getrlimit(RLIMIT_NOFILE, &few) == 0, "a limit");
    few.rlim_cur = *(rlim_t *)limit;
    child_expect(setrlimit(RLIMIT_NOFILE, &few) == 0, "a lower limit");
    int own = own_fd_adopt(eventfd(0, 0));
    child_expect(own >= 0 && own < (int)few.rlim_cur && is_open(own), "a number within the limit");
    child_expect(own_fd_is(own), "it is known");
    own_fd_close(own);
    child_expect(!is_open(own), "it is closed");
}

static const rlim_t limits[] = {16, 63, 64, 256, 1024, 4096, 5000};

START_TEST(there_is_a_number_within_any_limit)
{
    rlim_t limit = limits[_i];
    child_succeeds(adopt_within, &limit);
}
END_TEST

/*
 * select(getdtablesize(), ...) with ordinary sets is an old idiom. The kernel touches no more of a
 * set than the process's descriptor table is long, and the table grows with the highest number.
 */
static void select_up_to_the_limit(void *unused)
{
    struct rlimit many;
    struct {
        fd_set readable;
        char behind[4096];
    } memory;
    struct timeval now = {0, 0};
    (void)unused;
    child_expect(getrlimit(RLIMIT_NOFILE, &many) == 0, "a limit");
    many.rlim_cur = many.rlim_max < 8192 ? many.rlim_max : 8192;
    child_expect(setrlimit(RLIMIT_NOFILE, &many) == 0, "a higher limit");
    child_expect(own_fd_adopt(eventfd(0, 0)) >= 0, "a number");
    memset(&memory, 0, sizeof memory);
    memory.behind[500] = 1;
    child_expect(select(getdtablesize(), &memory.readable, NULL, NULL, &now) == 0,
                 "select does not look behind the set");
    child_expect(memory.behind[500] == 1, "select does not write behind the set");
}

START_TEST(number_does_not_make_sets_of_descriptors_longer)
{
    child_succeeds(select_up_to_the_limit, NULL);
}
END_TEST

/* A number that cannot be remembered could not be protected. */
static void adopt_until_it_fails(void *unused)
{
    struct rlimit many;
    (void)unused;
    child_expect(getrlimit(RLIMIT_NOFILE, &many) == 0, "a limit");
    if (many.rlim_max < 8192)
        return;
    many.rlim_cur = many.rlim_max;
    child_expect(setrlimit(RLIMIT_NOFILE, &many) == 0, "a higher limit");
    int own, last = -1, given = eventfd(0, 0);
    while ((own = own_fd_adopt(dup(given))) >= 0) {
        child_expect(own_fd_is(own), "what was adopted is known");
        last = own;
    }
    child_expect(last >= 0 && errno == EMFILE, "too many in the end");
    int next = dup(given);
    child_expect(next == given + 1, "what was refused is closed");
    own_fd_close(last);
    child_expect(own_fd_adopt(next) >= 0, "there is room again");
}

START_TEST(more_than_can_be_remembered_is_refused)
{
    child_succeeds(adopt_until_it_fails, NULL);
}
END_TEST

enum { THREADS = 8, ROUNDS = 300 };
static pthread_barrier_t together;

static void *adopt_in_turns(void *unused)
{
    long unknown = 0;
    (void)unused;
    for (int round = 0; round < ROUNDS; round++) {
        int fd = eventfd(0, 0);
        pthread_barrier_wait(&together);
        int own = own_fd_adopt(fd);
        pthread_barrier_wait(&together);
        unknown += !own_fd_is(own);
        pthread_barrier_wait(&together);
        own_fd_close(own);
    }
    return (void *)unknown;
}

START_TEST(threads_may_adopt_at_the_same_time)
{
    pthread_t threads[THREADS];
    void *unknown;
    pthread_barrier_init(&together, NULL, THREADS);
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, adopt_in_turns, NULL), 0);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], &unknown);
        ck_assert_ptr_null(unknown);
    }
    ck_assert_int_eq(own_fd_next(0), -1);
}
END_TEST

SUITE("own_fd", ONCE(adopted_descriptor_is_high_and_closed_on_exec),
      ONCE(it_is_known_until_it_is_closed), ONCE(minus_one_is_ignored),
      ONCE(errno_of_who_opened_is_kept), ONCE(next_goes_through_them_in_order),
      ONCE(forgotten_number_stays_open),
      EACH(there_is_a_number_within_any_limit, sizeof limits / sizeof *limits),
      ONCE(number_does_not_make_sets_of_descriptors_longer),
      ONCE(more_than_can_be_remembered_is_refused), ONCE(threads_may_adopt_at_the_same_time))
