/*
 * libc's own resolver, with a name server that takes a second: ten greenlets wait no longer than
 * one. The name server and the configuration that names it are in namespaces of the program's own;
 * where those are not permitted the test is skipped.
 */
#include "scene.h"
#include "scratch.h"

#include <stdio.h>
#include <stdlib.h>

#define LIMIT_S 1.5

/* $0: the folder of the configuration; the other words: a program. */
#define CONFINED(...)                                                                  \
    WORDS("/usr/bin/unshare", "-rmn", "/bin/sh", "-c",                                 \
          "cd \"$0\" && mount --bind resolv.conf /etc/resolv.conf && "                 \
          "mount --bind nsswitch.conf /etc/nsswitch.conf && exec /usr/bin/env \"$@\"", \
          __VA_ARGS__)

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    if (!file || fputs(text, file) < 0 || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
}

static void configure(struct scratch *scratch)
{
    scratch_make(scratch);
    write_file(scratch_path(scratch, "resolv.conf"),
               "nameserver 127.0.0.1\noptions timeout:5 attempts:2\n");
    write_file(scratch_path(scratch, "nsswitch.conf"), "hosts: files dns\n");
}

static double look_up(const char *count, const char *preload, const char *expected)
{
    struct scratch scratch;
    struct victim_result result;
    configure(&scratch);
    const struct victim victim = {
        .argv = CONFINED(scratch.path, preload, "/usr/bin/python3", "-B", PROGRAMS "slow_dns.py",
                         count),
    };
    char *facts = expect_success(&victim, &result);
    ck_assert_str_eq(facts, expected);
    double elapsed = expect_timing(&result, "all");
    free(facts);
    victim_result_free(&result);
    scratch_remove(&scratch);
    return elapsed;
}

START_TEST(ten_names_take_as_long_as_one)
{
    char preload[2048];
    snprintf(preload, sizeof preload, "LD_PRELOAD=%s", victim_preload());
    double elapsed = look_up("10", preload,
                             "127.0.0.1 127.0.0.2 127.0.0.3 127.0.0.4 127.0.0.5 127.0.0.6 "
                             "127.0.0.7 127.0.0.8 127.0.0.9 127.0.0.10\n");
    ck_assert_msg(elapsed < LIMIT_S, "ten names took %.3f s", elapsed);
}
END_TEST

START_TEST(alone_they_take_their_sum)
{
    double elapsed = look_up("2", "LD_PRELOAD=", "127.0.0.1 127.0.0.2\n");
    ck_assert_msg(elapsed >= 2, "two names took %.3f s", elapsed);
}
END_TEST

/* Whether this machine lets us: one line says why not. */
static int is_permitted(void)
{
    struct scratch scratch;
    char command[1024];
    configure(&scratch);
    snprintf(command, sizeof command,
             "unshare -rmn sh -c 'mount --bind %s/resolv.conf /etc/resolv.conf && "
             "mount --bind %s/nsswitch.conf /etc/nsswitch.conf'",
             scratch.path, scratch.path);
    int status = system(command);
    scratch_remove(&scratch);
    if (status != 0)
        printf("skipped: no namespaces of users, mounts and networks here (unshare -rmn)\n");
    return status == 0;
}

int main(void)
{
    const struct suite_test tests[] = {ONCE(ten_names_take_as_long_as_one),
                                       ONCE(alone_they_take_their_sum)};
    if (!is_permitted())
        return SUITE_SKIPPED;
    return suite_run("resolver", tests, sizeof tests / sizeof *tests);
}
