#include "facts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Late by this much is the machine's fault; a test that looks for other things says more. */
static double late_s(void)
{
    const char *more = getenv("VICTIM_LATE_S");
    return more ? atof(more) : 0.35;
}

void fact(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    fflush(stdout);
}

void timing(const char *name, double seconds)
{
    fact("~%s %.4f", name, seconds);
}

double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

const char *error_name(int error)
{
    const char *name = strerrorname_np(error);
    return name ? name : "unknown error";
}

const char *outcome(ssize_t result)
{
    static char texts[8][24];
    static unsigned next;
    if (result == -1)
        return error_name(errno);
    char *text = texts[next++ % 8];
    snprintf(text, sizeof texts[0], "%zd", result);
    return text;
}

int must(int result, const char *what)
{
    if (result < 0) {
        fprintf(stderr, "%s: %s\n", what, strerror(errno));
        exit(3);
    }
    return result;
}

/* By system calls, which no hook parks. */
double queued_s(void)
{
    char line[128] = "";
    unsigned long long queued_ns = 0;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, "/proc/thread-self/schedstat", O_RDONLY);
    if (fd < 0)
        return 0;
    if (syscall(SYS_read, fd, line, sizeof line - 1) > 0)
        sscanf(line, "%*u %llu", &queued_ns);
    syscall(SYS_close, fd);
    return (double)queued_ns / 1e9;
}

struct start start_now(void)
{
    double queued = queued_s();
    return (struct start){now_s(), queued};
}

bool took(struct start start, double least)
{
    double seconds = now_s() - start.at, most = least + late_s();
    bool right =
        seconds >= least - 0.001 && (seconds < most || seconds < most + queued_s() - start.queued);
    if (!right)
        fprintf(stderr, "took %.4f s, expected %.4f\n", seconds, least);
    return right;
}

void raw_sleep_ms(int ms)
{
    struct timespec rest = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};
    while (syscall(SYS_nanosleep, &rest, &rest) < 0 && errno == EINTR)
        ;
}
