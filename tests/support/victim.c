#include "victim.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

const char *victim_path(const char *name)
{
    static char path[4096];
    if (strchr(name, '/'))
        return name;
    snprintf(path, sizeof path, "%s/%s", VICTIM_FOLDER, name);
    return path;
}

const char *victim_preload(void)
{
    return *VICTIM_RUNTIME ? VICTIM_RUNTIME " " VICTIM_LIBRARY : VICTIM_LIBRARY;
}

/* ---- its words and environment: made before the fork, as a sanitizer's allocator may be locked
 * after it ---- */

static const char *preload_entry(void)
{
    static char entry[2 * 4096];
    snprintf(entry, sizeof entry, "LD_PRELOAD=%s", victim_preload());
    return entry;
}

static void set_entry(const char **environment, size_t *count, const char *entry)
{
    size_t name = strcspn(entry, "=") + 1, i = 0;
    while (i < *count && strncmp(environment[i], entry, name) != 0)
        i++;
    environment[i] = entry;
    *count += i == *count;
}

static size_t entries_in(const char *const *list)
{
    size_t count = 0;
    while (list && list[count])
        count++;
    return count;
}

/* What runs a program of tests/victims that is for another machine: its own words, or none. */
static const char *const emulator[] = {VICTIM_EMULATOR NULL};

static bool is_emulated(const struct victim *victim)
{
    return *emulator && !strchr(victim->argv[0], '/');
}

/* The caller frees the list. */
static const char **words_of(const struct victim *victim)
{
    size_t before = is_emulated(victim) ? entries_in(emulator) : 0,
           count = entries_in(victim->argv);
    const char **words = calloc(before + count + 1, sizeof *words);
    ck_assert_ptr_nonnull(words);
    memcpy(words, emulator, before * sizeof *words);
    memcpy(words + before, victim->argv, count * sizeof *words);
    if (before)
        words[before] = victim_path(victim->argv[0]);
    return words;
}

/* The caller frees the list; the entries are this process's and the victim's. */
static const char **environment_of(const struct victim *victim)
{
    const char *const *own = (const char *const *)environ;
    size_t count = entries_in(own);
    const char **environment = calloc(count + entries_in(victim->env) + 2, sizeof *environment);
    ck_assert_ptr_nonnull(environment);
    memcpy(environment, own, count * sizeof *environment);
    if (victim->preload)
        set_entry(environment, &count, preload_entry());
    for (const char *const *entry = victim->env; entry && *entry; entry++)
        set_entry(environment, &count, *entry);
    return environment;
}

/* ---- start ---- */

static void child_say(const char *what)
{
    dprintf(STDERR_FILENO, "victim: %s: %s\n", what, strerror(errno));
    _exit(127);
}

static void child_set_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    /* Check kills its own child when a test takes too long; the victim goes with it. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static _Noreturn void child_become(const struct victim *victim, const char *const *words,
                                   const char *const *environment)
{
    child_set_signals();
    if (victim->directory && chdir(victim->directory) < 0)
        child_say(victim->directory);
    if (victim->prepare)
        victim->prepare();
    execve(is_emulated(victim) ? words[0] : victim_path(words[0]), (char *const *)words,
           (char *const *)environment);
    child_say(victim->argv[0]);
    _exit(127);
}

static void open_output(int ends[2], bool terminal)
{
    if (terminal)
        ck_assert_int_eq(openpty(&ends[0], &ends[1], NULL, NULL, NULL), 0);
    else
        ck_assert_int_eq(pipe(ends), 0);
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
}

/* With a sanitizer ten thousand tasks take 9 s of CPU. */
static double timeout_s(void)
{
    return *VICTIM_RUNTIME ? 60 : 30;
}

void victim_start(struct victim_running *running, const struct victim *victim)
{
    int out[2], err[2];
    open_output(out, false);
    open_output(err, victim->terminal);
    *running = (struct victim_running){.victim = victim, .out_fd = out[0], .err_fd = err[0]};
    running->started = now_s();
    running->deadline =
        running->started + (victim->timeout_s > 0 ? victim->timeout_s : timeout_s());

    const char **words = words_of(victim), **environment = environment_of(victim);
    running->pid = fork();
    if (running->pid == 0) { /* without Check either: an assertion allocates */
        setpgid(0, 0);
        int null = open("/dev/null", O_RDONLY);
        dup2(null, STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        dup2(err[1], STDERR_FILENO);
        close_range(STDERR_FILENO + 1, ~0u, 0);
        child_become(victim, words, environment);
    }
    free(words);
    free(environment);
    ck_assert_int_ge(running->pid, 0);
    setpgid(running->pid, running->pid);
    running->pidfd = pidfd_open(running->pid, 0);
    ck_assert_int_ge(running->pidfd, 0);
    close(out[1]);
    close(err[1]);
}

/* ---- collect ---- */

/* Doubled, or what says much would be copied for each piece that is read. */
static size_t room_for(size_t size)
{
    size_t room = 4096;
    while (room < size)
        room *= 2;
    return room;
}

static void text_append(struct victim_text *text, const char *bytes, size_t size)
{
    size_t wanted = room_for(text->size + size + 1);
    if (!text->data || room_for(text->size + 1) < wanted)
        text->data = realloc(text->data, wanted);
    ck_assert_ptr_nonnull(text->data);
    memcpy(text->data + text->size, bytes, size);
    text->size += size;
    text->data[text->size] = '\0';
}

/* Takes what is there to read; at the end closes the descriptor and makes it -1. */
static void collect(int *fd, struct victim_text *text)
{
    char bytes[16384];
    ssize_t size = read(*fd, bytes, sizeof bytes);
    if (size > 0) {
        text_append(text, bytes, (size_t)size);
        return;
    }
    if (size < 0 && errno == EINTR)
        return;
    close(*fd); /* the end; a terminal's is EIO */
    *fd = -1;
}

/* Waits for the next thing to happen. Returns false when the time is up. */
static bool victim_step(struct victim_running *running, bool *ended)
{
    struct pollfd watched[] = {
        {.fd = running->out_fd, .events = POLLIN},
        {.fd = running->err_fd, .events = POLLIN},
        {.fd = *ended ? -1 : running->pidfd, .events = POLLIN},
    };
    double left = running->deadline - now_s();
    if (left <= 0)
        return false;
    if (poll(watched, 3, (int)(left * 1000) + 1) < 0 && errno != EINTR)
        ck_abort_msg("poll: %s", strerror(errno));
    if (watched[0].revents)
        collect(&running->out_fd, &running->out);
    if (watched[1].revents)
        collect(&running->err_fd, &running->err);
    if (watched[2].revents)
        *ended = true;
    return true;
}

static char *find_line(const struct victim_text *text, const char *start)
{
    for (char *line = text->data; line && *line;) {
        char *end = strchr(line, '\n');
        if (!end)
            return NULL;
        if (strncmp(line, start, strlen(start)) == 0)
            return strndup(line, (size_t)(end - line));
        line = end + 1;
    }
    return NULL;
}

char *victim_wait_line(struct victim_running *running, const char *line)
{
    bool ended = false;
    char *found;
    while (!(found = find_line(&running->out, line)))
        if (running->out_fd < 0 || !victim_step(running, &ended))
            break;
    if (!found) {
        struct victim_result result;
        victim_finish(running, &result);
        ck_abort_msg("%s: no line '%s...' came\noutput: %s\nerrors: %s", running->victim->argv[0],
                     line, result.out.data, result.err.data);
    }
    return found;
}

/* A group outlives its leader for a moment even where everybody in it is about to end. */
static bool group_is_there(pid_t group)
{
    for (int i = 0; i < 100; i++) {
        if (kill(-group, 0) < 0)
            return false;
        usleep(2000);
    }
    return true;
}

/* Where it hangs goes behind what it said on standard error: nobody can look any more afterwards.
 */
static void add_dump(struct victim_running *running)
{
    char command[4096], line[1024];
    snprintf(command, sizeof command, "readlink /proc/%d/exe; " GREQ_COMMAND_PATH " dump %d 2>&1",
             (int)running->pid, (int)running->pid);
    FILE *dump = popen(command, "r");
    while (dump && fgets(line, sizeof line, dump))
        text_append(&running->err, line, strlen(line));
    if (dump)
        pclose(dump);
}

void victim_finish(struct victim_running *running, struct victim_result *result)
{
    *result = (struct victim_result){.exit_status = -1};
    bool ended = false;
    while (!ended && !result->timed_out)
        result->timed_out = !victim_step(running, &ended);
    result->elapsed_s = now_s() - running->started;
    if (result->timed_out) {
        add_dump(running);
        kill(-running->pid, SIGKILL);
    }

    int status;
    ck_assert_int_eq(waitpid(running->pid, &status, 0), running->pid);
    if (WIFEXITED(status))
        result->exit_status = WEXITSTATUS(status);
    else
        result->signal = WTERMSIG(status);
    result->left_someone = !result->timed_out && group_is_there(running->pid);
    kill(-running->pid, SIGKILL);

    ended = true;
    running->deadline = now_s() + 5;
    while ((running->out_fd >= 0 || running->err_fd >= 0) && victim_step(running, &ended))
        ;
    if (running->out_fd >= 0)
        close(running->out_fd);
    if (running->err_fd >= 0)
        close(running->err_fd);
    close(running->pidfd);
    text_append(&running->out, "", 0);
    text_append(&running->err, "", 0);
    result->out = running->out;
    result->err = running->err;
}

void victim_run(struct victim_result *result, const struct victim *victim)
{
    struct victim_running running;
    victim_start(&running, victim);
    victim_finish(&running, result);
}

void victim_result_free(struct victim_result *result)
{
    free(result->out.data);
    free(result->err.data);
    *result = (struct victim_result){0};
}
