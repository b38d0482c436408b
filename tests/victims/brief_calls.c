/*
 * brief_calls CASE: calls that are recorded only if they take a while: of files, with
 * slow_files.c's library in front of libc; and stdio into a pipe whose reader is late.
 */
#include "facts.h"
#include "slow_disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <greq/greq.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define WAIT_MS 100

static char folder[64];

static const char *path(const char *name)
{
    static char paths[2][128];
    static unsigned next;
    char *text = paths[next++ % 2];
    snprintf(text, sizeof paths[0], "%s/%s", folder, name);
    return text;
}

/* ---- files ---- */

static void use_files(void)
{
    struct stat status;
    char bytes[8] = "";
    FILE *file = fopen(path("a"), "w");
    fact("write %d", fprintf(file, "%s", "hello"));
    fact("close %d", fclose(file));
    fact("stat %s, access %s", outcome(stat(path("a"), &status)), outcome(access(path("b"), R_OK)));
    fact("size %ld", (long)status.st_size);
    fact("rename %s", outcome(rename(path("a"), path("b"))));
    fact("mkdir %s", outcome(mkdir(path("c"), 0700)));
    DIR *opened = opendir(path("c"));
    fact("entries %d %d", readdir(opened) != NULL, readdir(opened) != NULL);
    errno = 0;
    fact("end %d, %s", readdir(opened) != NULL, error_name(errno));
    closedir(opened);
    int fd = open(path("b"), O_RDONLY);
    fact("pread %s: %s", outcome(pread(fd, bytes, 5, 0)), bytes);
    close(fd);
    fact("rmdir %s, unlink %s", outcome(rmdir(path("c"))), outcome(unlink(path("b"))));
    fact("open %s", outcome(open(path("b"), O_RDONLY)));
}

/* ---- a FIFO ---- */

static void *open_later(void *flags)
{
    raw_sleep_ms(WAIT_MS);
    return (void *)(size_t)open(path("fifo"), *(int *)flags);
}

static void open_fifo(void)
{
    int flags = O_WRONLY;
    pthread_t other;
    must(mkfifo(path("fifo"), 0600), "mkfifo");
    must(-pthread_create(&other, NULL, open_later, &flags), "pthread_create");
    int fd = open(path("fifo"), O_RDONLY);
    fact("open %d", fd >= 0);
    pthread_join(other, NULL);
    unlink(path("fifo"));
}

/* Nobody comes to the other end; a child is in open() when it is killed. */
static void open_for_ever(void)
{
    int status;
    must(mkfifo(path("fifo"), 0600), "mkfifo");
    pid_t child = fork();
    if (child == 0) {
        open(path("fifo"), O_RDONLY);
        _exit(1);
    }
    raw_sleep_ms(3 * WAIT_MS);
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    fact("signal %d", WTERMSIG(status));
    unlink(path("fifo"));
}

/* ---- stdio ---- */

static char many[128 << 10];

static int ends[2];

static void *drain_later(void *none)
{
    static char bytes[1 << 20];
    raw_sleep_ms(2 * WAIT_MS);
    while (read(ends[0], bytes, sizeof bytes) > 0)
        ;
    return none;
}

/* A stream into a pipe that is drained after a while. */
static FILE *slow_stream(pthread_t *reader)
{
    must(pipe(ends), "pipe");
    must(-pthread_create(reader, NULL, drain_later, NULL), "pthread_create");
    memset(many, 'x', sizeof many - 1);
    return fdopen(ends[1], "w");
}

static void by_fwrite(FILE *stream)
{
    fact("fwrite %zu", fwrite(many, 1, sizeof many, stream));
}

static void by_fputs(FILE *stream)
{
    fact("fputs %d", fputs(many, stream) >= 0);
}

static void by_fprintf(FILE *stream)
{
    fact("fprintf %d", fprintf(stream, "%s%s", "", many));
}

static void by_putc(FILE *stream)
{
    int last = 0;
    for (size_t i = 0; i < sizeof many; i++)
        last = fputc('x', stream);
    fact("fputc %d", last);
}

static void by_fflush(FILE *stream)
{
    static char buffer[sizeof many];
    setvbuf(stream, buffer, _IOFBF, sizeof buffer);
    fputs(many, stream);
    fact("fflush %d", fflush(stream));
}

static void by_fclose(FILE *stream)
{
    static char buffer[sizeof many];
    setvbuf(stream, buffer, _IOFBF, sizeof buffer);
    fputs(many, stream);
}

static void be_late(void (*print)(FILE *stream))
{
    pthread_t reader;
    FILE *stream = slow_stream(&reader);
    print(stream);
    fact("fclose %d", fclose(stream));
    pthread_join(reader, NULL);
}

/* ---- a handler that makes a call of its own meanwhile ---- */

static void look_around(int number)
{
    (void)number;
    close(-1);
}

static void with_handler(FILE *stream)
{
    struct itimerval timer = {.it_value.tv_usec = WAIT_MS * 500};
    struct sigaction action = {.sa_handler = look_around, .sa_flags = SA_RESTART};
    must(sigaction(SIGALRM, &action, NULL), "sigaction");
    must(setitimer(ITIMER_REAL, &timer, NULL), "setitimer");
    by_fwrite(stream);
}

/* ---- a stream of the program's own ---- */

static ssize_t sleep_and_count(void *none, const char *bytes, size_t size)
{
    (void)none, (void)bytes;
    usleep(WAIT_MS * 1000);
    return (ssize_t)size;
}

static void own_stream(void)
{
    FILE *stream = fopencookie(NULL, "w", (cookie_io_functions_t){.write = sleep_and_count});
    setvbuf(stream, NULL, _IONBF, 0);
    fact("fputs %d", fputs("hello", stream) >= 0);
    fclose(stream);
}

/* ---- many quick ones ---- */

static void quick(void)
{
    struct stat status;
    int good = 0;
    for (int i = 0; i < 1000; i++) {
        FILE *file = fopen("/dev/null", "w");
        good += fprintf(file, "%d\n", i) > 0 && fputs("text", file) >= 0 && !fflush(file) &&
                fwrite(many, 1, sizeof many, file) == sizeof many && !fclose(file) &&
                !stat("/", &status) && access("/", R_OK) == 0;
    }
    fact("good %d", good);
}

/* ---- all ---- */

static const struct {
    const char *name;
    void (*play)(void);
    void (*print)(FILE *stream);
} cases[] = {
    {"files", use_files, NULL},
    {"open_fifo", open_fifo, NULL},
    {"open_for_ever", open_for_ever, NULL},
    {"fwrite", NULL, by_fwrite},
    {"fputs", NULL, by_fputs},
    {"fprintf", NULL, by_fprintf},
    {"fputc", NULL, by_putc},
    {"fflush", NULL, by_fflush},
    {"fclose", NULL, by_fclose},
    {"with_handler", NULL, with_handler},
    {"own_stream", own_stream, NULL},
    {"quick", quick, NULL},
};

static void *play_case(void *name)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (strcmp(cases[i].name, name) == 0 && cases[i].print)
            be_late(cases[i].print);
        else if (strcmp(cases[i].name, name) == 0)
            cases[i].play();
    return NULL;
}

int main(int argc, char *argv[])
{
    if (argc < 2)
        return 2;
    setenv(SLOW_DISK_VARIABLE, "0", 0);
    snprintf(folder, sizeof folder, "%s/brief_calls.XXXXXX", getenv("TMPDIR") ?: "/tmp");
    must(mkdtemp(folder) ? 0 : -1, "mkdtemp");
    greq_task *task = greq_spawn(play_case, argv[1]);
    int error = greq_join(task, NULL);
    rmdir(folder);
    return error;
}
