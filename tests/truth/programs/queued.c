/* An answer has come while the program makes short calls, and for most of that time it stands in
 * the run queue: its processor is another one's, who is more important. Nothing that it does holds
 * the answer up. "~queued" is the kernel's count of that time, "~waited" the rest of it. */
#include "client.h"

#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DELAY_MS = 20 };
static const double enough_s = 0.1;

static void stay_on_one_processor(void)
{
    cpu_set_t own, one;
    must(sched_getaffinity(0, sizeof own, &own), "sched_getaffinity");
    CPU_ZERO(&one);
    for (int cpu = 0; cpu < CPU_SETSIZE && !CPU_COUNT(&one); cpu++)
        if (CPU_ISSET(cpu, &own))
            CPU_SET(cpu, &one);
    must(sched_setaffinity(0, sizeof one, &one), "sched_setaffinity");
}

static pid_t start_rival(void)
{
    pid_t child = must(fork(), "fork");
    if (child)
        return child;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;)
        ;
}

/* Not by facts.h's: these are some of the short calls. */
static double read_queued_s(void)
{
    uint64_t queued = 0;
    FILE *file = fopen("/proc/thread-self/schedstat", "r");
    must(file && fscanf(file, "%*u %" SCNu64, &queued) == 1 ? 0 : -1, "schedstat");
    fclose(file);
    return (double)queued / 1e9;
}

int main(void)
{
    int fd = client_open();
    client_ask(fd, DELAY_MS / 1e3);
    raw_sleep_ms(2 * DELAY_MS);
    double start = now_s(), before = read_queued_s(), queued = 0;
    stay_on_one_processor();
    pid_t rival = start_rival();
    must(sched_setscheduler(0, SCHED_IDLE, &(struct sched_param){0}), "sched_setscheduler");
    for (int i = 0; i < 100 && queued < enough_s; i++) {
        usleep(1000);
        queued = read_queued_s() - before;
    }
    kill(rival, SIGKILL);
    waitpid(rival, NULL,
            0); /* which it may do in earnest: the rival dies when it has a processor */
    double passed = now_s() - start;
    queued = read_queued_s() - before;
    client_take(fd);
    timing("queued", queued);
    timing("waited", passed - queued);
}
