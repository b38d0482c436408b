/*
 * Every entry point, by a victim whose ten tasks wait in it: one after another without the preload,
 * overlapped with it, one after another again when just this function is left unpatched, and
 * overlapped when it is the only one that is patched. The victims check what their calls return.
 */
#include "overlap_run.h"
#include "suite.h"

#include <stdio.h>

static const struct entry {
    const char *victim;
    const char *function;
    const char *word; /* of GREQ_PATCH; NULL: fn:FUNCTION */
    int least_ms;     /* no wait of this function can be shorter; 0: any can */
} entries[] = {
    {"overlap_receive", "recv", NULL, 0},
    {"overlap_receive", "recvfrom", NULL, 0},
    {"overlap_receive", "recvmsg", NULL, 0},
    {"overlap_receive", "recvmmsg", NULL, 0},
    {"overlap_receive", "read", NULL, 0},
    {"overlap_receive", "readv", NULL, 0},
    {"overlap_receive_fortified", "recv", NULL, 0},
    {"overlap_receive_fortified", "recvfrom", NULL, 0},
    {"overlap_receive_fortified", "read", NULL, 0},
    {"overlap_send", "send", NULL, 0},
    {"overlap_send", "sendto", NULL, 0},
    {"overlap_send", "sendmsg", NULL, 0},
    {"overlap_send", "sendmmsg", NULL, 0},
    {"overlap_send", "write", NULL, 0},
    {"overlap_send", "writev", NULL, 0},
    {"overlap_transfer", "sendfile", NULL, 0},
    {"overlap_transfer", "splice", NULL, 0},
    {"overlap_transfer", "splice_out", "fn:splice", 0},
    {"overlap_transfer", "SSL_sendfile", NULL, 0},
    {"overlap_stdio", "getc", NULL, 0},
    {"overlap_stdio", "fgets", NULL, 0},
    {"overlap_stdio", "getdelim", NULL, 0},
    {"overlap_stdio", "fread", NULL, 0},
    {"overlap_stdio", "fscanf", NULL, 0},
    {"overlap_stdio", "fgetwc", NULL, 0},
    {"overlap_stdio", "fgetws", NULL, 0},
    {"overlap_stdio", "fwscanf", NULL, 0},
    {"overlap_accept", "accept", NULL, 0},
    {"overlap_accept", "accept4", NULL, 0},
    {"overlap_connect", "connect", NULL, 1000},
    {"overlap_ready", "poll", NULL, 0},
    {"overlap_ready", "ppoll", NULL, 0},
    {"overlap_ready", "select", NULL, 0},
    {"overlap_ready", "pselect", NULL, 0},
    {"overlap_ready", "epoll_wait", NULL, 0},
    {"overlap_ready", "epoll_pwait", NULL, 0},
    {"overlap_ready", "epoll_pwait2", NULL, 0},
    {"overlap_ready_fortified", "poll", NULL, 0},
    {"overlap_ready_fortified", "ppoll", NULL, 0},
    {"overlap_tls", "SSL_connect", NULL, 0},
    {"overlap_tls", "SSL_do_handshake", NULL, 0},
    {"overlap_tls", "SSL_accept", NULL, 0},
    {"overlap_tls", "SSL_read", NULL, 0},
    {"overlap_tls", "SSL_read_ex", NULL, 0},
    {"overlap_tls", "SSL_peek", NULL, 0},
    {"overlap_tls", "SSL_peek_ex", NULL, 0},
    {"overlap_tls", "SSL_write", NULL, 0},
    {"overlap_tls", "SSL_write_ex", NULL, 0},
    {"overlap_tls", "SSL_shutdown", NULL, 0},
    {"overlap_dns", "getaddrinfo", NULL, 0},
    {"overlap_dns", "gethostbyname", NULL, 0},
    {"overlap_dns", "gethostbyname2", NULL, 0},
    {"overlap_dns", "gethostbyname_r", NULL, 0},
    {"overlap_dns", "gethostbyname2_r", NULL, 0},
    {"overlap_dns", "getnameinfo", NULL, 0},
    {"overlap_dns", "gethostbyaddr", NULL, 0},
    {"overlap_dns", "gethostbyaddr_r", NULL, 0},
    {"overlap_process", "waitpid", NULL, 0},
    {"overlap_process", "wait", NULL, 0},
    {"overlap_process", "wait3", NULL, 0},
    {"overlap_process", "wait4", NULL, 0},
    {"overlap_process", "waitid", NULL, 0},
    {"overlap_process", "pclose", NULL, 0},
    {"overlap_file", "fsync", NULL, 0},
    {"overlap_file", "fdatasync", NULL, 0},
    {"overlap_file", "syncfs", NULL, 0},
    {"overlap_file", "sync", NULL, 0},
    {"overlap_file", "flock", NULL, 0},
    {"overlap_file", "lockf", NULL, 0},
    {"overlap_file", "fcntl", NULL, 0},
    {"overlap_file", "F_OFD_SETLKW", "fn:fcntl", 0},
    {"overlap_lock", "pthread_mutex_lock", NULL, 0},
    {"overlap_lock", "pthread_mutex_timedlock", NULL, 0},
    {"overlap_lock", "pthread_mutex_clocklock", NULL, 0},
    {"overlap_lock", "pthread_cond_wait", NULL, 0},
    {"overlap_lock", "pthread_cond_timedwait", NULL, 0},
    {"overlap_lock", "pthread_cond_clockwait", NULL, 0},
    {"overlap_lock", "pthread_rwlock_rdlock", NULL, 0},
    {"overlap_lock", "pthread_rwlock_wrlock", NULL, 0},
    {"overlap_lock", "pthread_rwlock_timedrdlock", NULL, 0},
    {"overlap_lock", "pthread_rwlock_timedwrlock", NULL, 0},
    {"overlap_lock", "pthread_rwlock_clockrdlock", NULL, 0},
    {"overlap_lock", "pthread_rwlock_clockwrlock", NULL, 0},
    {"overlap_lock", "sem_wait", NULL, 0},
    {"overlap_lock", "sem_timedwait", NULL, 0},
    {"overlap_lock", "sem_clockwait", NULL, 0},
    {"overlap_lock", "semop", NULL, 0},
    {"overlap_lock", "semtimedop", NULL, 0},
    {"overlap_lock", "pthread_spin_lock", NULL, 0},
    {"overlap_lock", "mtx_lock", NULL, 0},
    {"overlap_lock", "mtx_timedlock", NULL, 0},
    {"overlap_lock", "cnd_wait", NULL, 0},
    {"overlap_lock", "cnd_timedwait", NULL, 0},
    {"overlap_join", "pthread_join", NULL, 0},
    {"overlap_join", "pthread_timedjoin_np", NULL, 0},
    {"overlap_join", "pthread_clockjoin_np", NULL, 0},
    {"overlap_join", "thrd_join", NULL, 0},
    {"overlap_time", "sleep", NULL, 1000},
    {"overlap_time", "usleep", NULL, 0},
    {"overlap_time", "nanosleep", NULL, 0},
    {"overlap_time", "clock_nanosleep", NULL, 0},
    {"overlap_time", "thrd_sleep", NULL, 0},
    {"overlap_time", "TIMER_ABSTIME", "fn:clock_nanosleep", 0},
};
enum { ENTRIES = sizeof entries / sizeof *entries };

enum { OVERLAPPED_MS = 300, SERIAL_MS = 40, TASKS = 10, TASKS_OF_LONG_WAITS = 3, ATTEMPTS = 5 };

/* Runs the victim of an entry with a format of GREQ_PATCH that has room for its word, or NULL. */
static double slowness(const struct entry *entry, int tasks, int wait_ms, const char *patch)
{
    char word[64], list[128];
    snprintf(word, sizeof word, "fn:%s", entry->function);
    if (patch)
        snprintf(list, sizeof list, patch, entry->word ? entry->word : word);
    struct overlap_run run = {entry->victim, entry->function, patch ? list : NULL, tasks,
                              wait_ms < entry->least_ms ? entry->least_ms : wait_ms};
    return overlap_run(&run);
}

static void check_serial(const struct entry *entry, const char *patch)
{
    int tasks = entry->least_ms ? TASKS_OF_LONG_WAITS : TASKS;
    double slow = slowness(entry, tasks, SERIAL_MS, patch);
    ck_assert_msg(slow >= tasks * 0.99, "%s %s: %d tasks took only %.2f waits", entry->victim,
                  entry->function, tasks, slow);
}

/* A busy machine may delay any one run, and under a sanitizer a process that starts takes as long
 * as a short wait: the waits get longer. One that blocks delays all of them. */
static void check_overlapped(const struct entry *entry, const char *patch)
{
    double slow = TASKS;
    for (int attempt = 0; attempt < ATTEMPTS && slow >= TASKS / 2; attempt++)
        slow = slowness(entry, TASKS, OVERLAPPED_MS << attempt, patch);
    ck_assert_msg(slow < TASKS / 2, "%s %s: %d tasks took %.2f waits", entry->victim,
                  entry->function, TASKS, slow);
}

START_TEST(serial_without_the_preload)
{
    check_serial(&entries[_i], NULL);
}
END_TEST

START_TEST(overlapped_under_the_preload)
{
    check_overlapped(&entries[_i], "all");
}
END_TEST

START_TEST(serial_when_left_unpatched)
{
    check_serial(&entries[_i], "all,-%s");
}
END_TEST

START_TEST(overlapped_when_patched_alone)
{
    check_overlapped(&entries[_i], "%s");
}
END_TEST

/* The one call whose rules cannot be kept while others run. */
START_TEST(system_stays_serial)
{
    static const struct entry entry = {"overlap_process", "system", NULL, 0};
    check_serial(&entry, "all");
}
END_TEST

SUITE("overlap", ONCE(system_stays_serial), EACH(serial_without_the_preload, ENTRIES),
      EACH(overlapped_under_the_preload, ENTRIES), EACH(serial_when_left_unpatched, ENTRIES),
      EACH(overlapped_when_patched_alone, ENTRIES))
