#include "launch/capture.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* One of the command's two streams. */
struct stream {
    int fd; /* -1 at its end */
    char *text;
    size_t size, capacity;
};

static void stream_begin(struct stream *stream, int fd)
{
    *stream = (struct stream){.fd = fd, .text = memory_alloc(1, 1), .capacity = 1};
}

static void stream_end(struct stream *stream)
{
    if (stream->fd >= 0)
        close(stream->fd);
    stream->fd = -1;
}

static void stream_append(struct stream *stream, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        stream->text = memory_grow(stream->text, stream->size + 1, &stream->capacity, 1);
        stream->text[stream->size++] = bytes[i];
    }
    stream->text[stream->size] = '\0';
}

static void stream_read(struct stream *stream)
{
    char bytes[4096];
    ssize_t size = read(stream->fd, bytes, sizeof bytes);
    if (size > 0)
        stream_append(stream, bytes, size);
    else if (size == 0 || errno != EINTR)
        stream_end(stream);
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Reads both streams to their ends. Returns false when the time is up. */
static bool collect(struct stream *out, struct stream *err)
{
    double deadline = now_s() + CAPTURE_LIMIT_S;
    while (out->fd >= 0 || err->fd >= 0) {
        struct pollfd watched[] = {{.fd = out->fd, .events = POLLIN},
                                   {.fd = err->fd, .events = POLLIN}};
        double left = deadline - now_s();
        if (left <= 0)
            return false;
        if (poll(watched, 2, (int)(left * 1000) + 1) < 0)
            continue;
        if (watched[0].revents)
            stream_read(out);
        if (watched[1].revents)
            stream_read(err);
    }
    return true;
}

/* Becomes the command. A process group of its own, so that it can be ended with all that it
 * started. */
static void become(char *const argv[], char *const envp[], int out, int err)
{
    sigset_t none;
    setpgid(0, 0);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    int null = open("/dev/null", O_RDONLY);
    dup2(null, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    execve(argv[0], argv, envp);
    dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

static void end_child(pid_t child, struct capture *capture)
{
    if (capture->timed_out)
        kill(-child, SIGKILL);
    while (waitpid(child, &capture->status, 0) < 0 && errno == EINTR)
        ;
}

/* Reads what the command says to its end, and closes both streams. */
static void attend(pid_t child, struct capture *capture, int out, int err)
{
    struct stream out_stream, err_stream;
    stream_begin(&out_stream, out);
    stream_begin(&err_stream, err);
    capture->timed_out = !collect(&out_stream, &err_stream);
    end_child(child, capture);
    stream_end(&out_stream);
    stream_end(&err_stream);
    capture->out = out_stream.text;
    capture->err = err_stream.text;
}

static void close_both(const int ends[2])
{
    close(ends[0]);
    close(ends[1]);
}

int capture_run(struct capture *capture, char *const argv[], char *const envp[],
                struct error *error)
{
    int out[2], err[2];
    *capture = (struct capture){0};
    if (pipe2(out, O_CLOEXEC))
        return error_set(error, "cannot make a pipe: %s", strerror(errno));
    if (pipe2(err, O_CLOEXEC)) {
        close_both(out);
        return error_set(error, "cannot make a pipe: %s", strerror(errno));
    }
    pid_t child = fork();
    if (child == 0)
        become(argv, envp, out[1], err[1]);
    if (child < 0) {
        close_both(out);
        close_both(err);
        return error_set(error, "cannot fork: %s", strerror(errno));
    }
    setpgid(child, child); /* both do, for one of them must be the first */
    close(out[1]);
    close(err[1]);
    attend(child, capture, out[0], err[0]);
    return 0;
}

void capture_finish(struct capture *capture)
{
    free(capture->out);
    free(capture->err);
    *capture = (struct capture){0};
}
