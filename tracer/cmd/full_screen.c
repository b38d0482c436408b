/*
 * A handler only sets one of three flags; what is to be done is done by who looks at them. All
 * signals are blocked but while something is waited for: a key (full_screen_wait_for_key), room for
 * output (write_until), or to be continued (stop).
 *
 * take and give_back are the two ways between the shell's terminal and ours. Beginning, ending,
 * stopping and going on are made of them.
 */
#include "cmd/full_screen.h"

#include "base/kernel_clock.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/time.h>
#include <termios.h>
#include <unistd.h>

/* --- signals --- */

static volatile sig_atomic_t is_over, is_to_stop, is_continued;

static const int signals[] = {SIGINT,   SIGTERM, SIGHUP,  SIGQUIT,
                              SIGWINCH, SIGTSTP, SIGCONT, SIGALRM};
static sigset_t mask_before; /* lets them through */

static void note_signal(int number)
{
    if (number == SIGTSTP)
        is_to_stop = 1;
    else if (number == SIGCONT)
        is_continued = 1;
    else if (number != SIGWINCH && number != SIGALRM) /* which have ended a wait: that is all */
        is_over = 1;
}

static void handle(int number, void (*handler)(int))
{
    sigaction(number, &(struct sigaction){.sa_handler = handler}, NULL);
}

static void take_signals(void)
{
    sigset_t ours;
    sigemptyset(&ours);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        sigaddset(&ours, signals[i]);
        handle(signals[i], note_signal);
    }
    sigprocmask(SIG_BLOCK, &ours, &mask_before);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        sigdelset(&mask_before, signals[i]);
}

/* Stops here and now, as the signal does by itself: where nobody would continue the process, not
 * at all. Returns whether it was stopped, or another signal came. */
static bool stop(int number)
{
    sigset_t masked, passing = mask_before;
    is_continued = 0;
    sigdelset(&passing, number);
    handle(number, SIG_DFL);
    raise(number);
    sigprocmask(SIG_SETMASK, &passing, &masked);
    sigprocmask(SIG_SETMASK, &masked, NULL);
    if (number == SIGTSTP)
        handle(SIGTSTP, note_signal);
    return is_continued || is_over;
}

/* --- output --- */

enum { INTERRUPTED_MS = 100, GIVEN_UP_AFTER = 10 };

static void set_interruptions(int milliseconds)
{
    const struct timeval every = {.tv_usec = milliseconds * 1000};
    setitimer(ITIMER_REAL, &(struct itimerval){every, every}, NULL);
}

/* Returns how much was written; 0 if nothing could be for a moment; or -1 if the terminal is gone.
 */
static ssize_t write_some(const char *text, size_t size)
{
    struct pollfd room = {.fd = STDOUT_FILENO, .events = POLLOUT};
    ssize_t written = write(STDOUT_FILENO, text, size);
    if (written >= 0)
        return written;
    if (errno == EAGAIN) /* somebody else has made it non-blocking */
        poll(&room, 1, INTERRUPTED_MS);
    return errno == EINTR || errno == EAGAIN ? 0 : -1;
}

/* Until `is_enough`, which is told how often nothing could be written. */
static void write_until(const char *text, size_t size, bool (*is_enough)(int failures))
{
    sigset_t masked;
    int failures = 0;
    set_interruptions(INTERRUPTED_MS);
    sigprocmask(SIG_SETMASK, &mask_before, &masked);
    while (size && !is_enough(failures)) {
        ssize_t written = write_some(text, size);
        if (written < 0)
            is_over = 1;
        if (written < 0)
            break;
        failures += !written;
        text += written;
        size -= (size_t)written;
    }
    sigprocmask(SIG_SETMASK, &masked, NULL);
    set_interruptions(0);
}

static bool is_asked(int failures)
{
    (void)failures;
    return is_over || is_to_stop;
}

static bool is_hopeless(int failures)
{
    return failures >= GIVEN_UP_AFTER;
}

void full_screen_show(const char *text, size_t size)
{
    write_until(text, size, is_asked);
}

/* Ends what Ctrl-S began. */
static void start_output(void)
{
    tcflow(STDOUT_FILENO, TCOOFF);
    tcflow(STDOUT_FILENO, TCOON);
}

/* --- the terminal --- */

static struct termios before;
static bool is_known, has_keys, is_taken;

static const char ours[] = "\033[?1049h\033[?25l"; /* another screen, no cursor */
static const char theirs[] = "\033[?25h\033[?1049l";

static bool is_in_front(void)
{
    pid_t front = tcgetpgrp(STDIN_FILENO);
    return front < 0 || front == getpgrp();
}

/* Not if it ends meanwhile. */
static void take(void)
{
    while (!is_over && !is_in_front())
        if (!stop(SIGTTOU))
            is_over = 1;
    if (is_over)
        return;
    if (!is_known) /* later it may be as this program, or a shell's line editor, has it */
        has_keys = !tcgetattr(STDIN_FILENO, &before);
    is_known = true;
    if (has_keys) {
        struct termios raw = before;
        raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    }
    is_taken = true;
    is_continued = 0;
    full_screen_show(ours, sizeof ours - 1);
}

/* Also from the background, whither somebody may have put the process just now. */
static void give_back(void)
{
    if (!is_taken)
        return;
    handle(SIGTTOU, SIG_IGN);
    start_output();
    write_until(theirs, sizeof theirs - 1, is_hopeless);
    if (has_keys)
        tcsetattr(STDIN_FILENO, TCSANOW, &before);
    handle(SIGTTOU, SIG_DFL);
    is_taken = false;
}

void full_screen_begin(void)
{
    take_signals();
    take();
}

void full_screen_end(void)
{
    give_back();
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        handle(signals[i], signals[i] == SIGALRM ? SIG_IGN : SIG_DFL); /* one may be pending */
    sigprocmask(SIG_SETMASK, &mask_before, NULL);
}

bool full_screen_is_over(void)
{
    return is_over;
}

void full_screen_quit(void)
{
    is_over = 1;
}

/* By SIGTSTP itself, so that nothing stops where nobody would continue it. Who was stopped
 * otherwise only takes the terminal anew. */
void full_screen_stop_if_asked(void)
{
    if (!is_to_stop && !is_continued)
        return;
    if (is_to_stop) {
        give_back();
        stop(SIGTSTP);
    }
    is_to_stop = 0;
    take();
}

char full_screen_wait_for_key(uint64_t until)
{
    uint64_t now = (uint64_t)kernel_clock_read(CLOCK_MONOTONIC);
    uint64_t left = until > now ? until - now : 0;
    struct timespec timeout = {(time_t)(left / 1000000000), (long)(left % 1000000000)};
    struct pollfd keys = {.fd = STDIN_FILENO, .events = POLLIN};
    sigset_t passing = mask_before;
    char key = 0;
    if (is_over || is_to_stop || is_continued) /* a signal that has come during a write */
        return 0;
    sigaddset(&passing, SIGALRM); /* what is left of a write ends no wait */
    if (ppoll(&keys, 1, &timeout, &passing) != 1)
        return 0;
    ssize_t got = read(STDIN_FILENO, &key, 1);
    if (got == 0)
        is_over = 1; /* the terminal is gone */
    return got == 1 ? key : 0;
}
