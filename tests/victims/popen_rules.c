/* popen_rules: what pclose says of the child, and what the child says of its pipe. */
#include "company.h"
#include "facts.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static FILE *start(const char *command, const char *mode)
{
    FILE *pipe = popen(command, mode);
    must(pipe ? 0 : -1, "popen");
    return pipe;
}

static void tell(const char *name, int status)
{
    int error = errno;
    if (status == -1)
        fact("%s: %s", name, error_name(error));
    else if (WIFSIGNALED(status))
        fact("%s: signal %d", name, WTERMSIG(status));
    else
        fact("%s: exited %d", name, WEXITSTATUS(status));
}

/* Reads until the end, each line late. */
static void read_all(const char *name, FILE *pipe)
{
    char text[64];
    while (fgets(text, sizeof text, pipe))
        fact("%s says %.*s", name, (int)strcspn(text, "\n"), text);
    tell(name, pclose(pipe));
}

static void reading(void)
{
    read_all("lines", start("sleep 0.05; echo one; sleep 0.05; echo two; exit 3", "r"));
    read_all("killed", start("kill -9 $$", "r"));
    FILE *pipe = start("sleep 0.05; exit 4", "r");
    tell("unread", pclose(pipe));
    pipe = start("exec yes 2>/dev/null", "r");
    fact("a letter %c", getc(pipe));
    tell("nobody reads", pclose(pipe));
    pipe = start("exit 5", "r");
    raw_sleep_ms(40);
    tell("had ended", pclose(pipe));
}

static void writing(void)
{
    FILE *pipe = start("read line; test \"$line\" = hello && exit 6", "w");
    fputs("hello", pipe); /* it is written, and the pipe ends, before the child is waited for */
    tell("written at the end", pclose(pipe));
    pipe = start("exec cat >/dev/null", "w");
    tell("nothing written", pclose(pipe));
    pipe = start("exit 7", "w");
    raw_sleep_ms(40);
    fputs("hello", pipe);
    errno = 0;
    tell("nobody reads", pclose(pipe));
    errno = EDOM;
    pipe = start("sleep 0.05", "w");
    fact("status %d, errno %s", pclose(pipe), error_name(errno));
}

/* Two at once: the second child does not keep the first one's pipe open. */
static void two(void)
{
    FILE *first = start("exec cat >/dev/null", "w"), *second = start("exec cat >/dev/null", "w");
    tell("first", pclose(first));
    tell("second", pclose(second));
}

static void taken_by_others(void)
{
    FILE *pipe = start("sleep 0.05; exit 8", "r");
    int status = 0;
    fact("waited for %d", wait(&status) > 0 && WEXITSTATUS(status) == 8);
    tell("status taken", pclose(pipe));
    signal(SIGCHLD, SIG_IGN);
    pipe = start("sleep 0.05", "r");
    tell("SIGCHLD ignored", pclose(pipe));
    signal(SIGCHLD, SIG_DFL);
}

static void scene(void)
{
    reading();
    writing();
    two();
    taken_by_others();
}

static void handle(int number)
{
    (void)number;
}

static void interruption(void)
{
    struct sigaction action = {.sa_handler = handle};
    struct itimerval soon = {.it_value.tv_usec = 50000};
    sigaction(SIGALRM, &action, NULL);
    FILE *pipe = start("sleep 0.2; exit 9", "r");
    must(setitimer(ITIMER_REAL, &soon, NULL), "setitimer");
    tell("a handler ran", pclose(pipe));
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    play(scene);
    play_in_main(interruption);
}
