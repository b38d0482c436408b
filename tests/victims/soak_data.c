/* Scenes of soak in which data goes from one task to the other, or a descriptor is closed. */
#include "soak.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

/* A byte that says where in which message it belongs. */
static char sign(uint64_t message, size_t offset)
{
    return (char)(message * 31 + offset % 251);
}

static void fill(char *data, size_t size, uint64_t message, size_t offset)
{
    for (size_t i = 0; i < size; i++)
        data[i] = sign(message, offset + i);
}

static bool is_filled(const char *data, size_t size, uint64_t message, size_t offset)
{
    for (size_t i = 0; i < size; i++)
        if (data[i] != sign(message, offset + i))
            return false;
    return true;
}

static void send_all(struct side *side, int fd, const char *data, size_t size)
{
    while (size > 0) {
        doing(side, "send");
        ssize_t sent = TEMP_FAILURE_RETRY(send(fd, data, size, MSG_NOSIGNAL));
        check(sent > 0, side, "send");
        data += sent, size -= (size_t)sent;
    }
}

/* All of it, or 0 at the end. */
static size_t receive_all(struct side *side, int fd, char *data, size_t size)
{
    size_t have = 0;
    while (have < size) {
        doing(side, "recv");
        ssize_t got = TEMP_FAILURE_RETRY(recv(fd, data + have, size - have, 0));
        check(got > 0 || (got == 0 && have == 0), side, "recv");
        if (got == 0)
            return 0;
        have += (size_t)got;
    }
    return have;
}

/* ---- echo: messages there and back, each known by its bytes ---- */

enum { MESSAGE = 2000 };

struct echo {
    struct side *side;
    int fd;
};

static void *echo_back(void *argument)
{
    struct echo *echo = argument;
    char data[MESSAGE];
    for (;;) {
        doing(echo->side, "recv of what is echoed");
        ssize_t got = TEMP_FAILURE_RETRY(recv(echo->fd, data, sizeof data, 0));
        check(got >= 0, echo->side, "recv");
        if (got == 0)
            break;
        send_all(echo->side, echo->fd, data, (size_t)got);
    }
    close_well(echo->side, echo->fd);
    return NULL;
}

void scene_echo(struct scene *scene)
{
    struct side *side = &scene->lead;
    char data[MESSAGE];
    int ends[2];
    pair_open(side, ends);
    struct echo echo = {&scene->partner, ends[1]};
    greq_task *partner = partner_start(echo_back, &echo);
    for (uint64_t i = 0, rounds = 1 + draw(side, 20); i < rounds; i++) {
        size_t size = 1 + draw(side, MESSAGE);
        fill(data, size, i, 0);
        send_all(side, ends[0], data, size);
        memset(data, 0, size);
        check(receive_all(side, ends[0], data, size) == size, side, "the echo ends");
        check(is_filled(data, size, i, 0), side, "the echo's bytes");
        ++*scene->kind->done;
        if (draw(side, 4) == 0)
            rest(side, 20);
    }
    check(shutdown(ends[0], SHUT_WR) == 0, side, "shutdown");
    check(receive_all(side, ends[0], data, 1) == 0, side, "more than was sent");
    partner_join(scene, partner);
    close_well(side, ends[0]);
}

/* ---- stream: more than a pipe holds, written and read in pieces of other sizes ---- */

struct stream {
    struct side *side;
    int fd;
    size_t size;
    uint64_t message;
};

static void *stream_write(void *argument)
{
    struct stream *stream = argument;
    char data[MESSAGE * 2];
    for (size_t at = 0; at < stream->size;) {
        size_t size = 1 + draw(stream->side, sizeof data);
        if (size > stream->size - at)
            size = stream->size - at;
        fill(data, size, stream->message, at);
        doing(stream->side, "write to a pipe");
        ssize_t wrote = TEMP_FAILURE_RETRY(write(stream->fd, data, size));
        check(wrote > 0, stream->side, "write");
        at += (size_t)wrote;
    }
    close_well(stream->side, stream->fd);
    return NULL;
}

void scene_stream(struct scene *scene)
{
    struct side *side = &scene->lead;
    char data[MESSAGE * 2];
    int ends[2];
    check(pipe(ends) == 0, side, "pipe");
    struct stream stream = {&scene->partner, ends[1], 1 + draw(side, 150000), draw(side, 1000)};
    greq_task *partner = partner_start(stream_write, &stream);
    size_t at = 0;
    for (;;) {
        doing(side, "read from a pipe");
        ssize_t got = TEMP_FAILURE_RETRY(read(ends[0], data, 1 + draw(side, sizeof data)));
        check(got >= 0, side, "read");
        if (got == 0)
            break;
        check(is_filled(data, (size_t)got, stream.message, at), side, "the stream's bytes");
        at += (size_t)got;
        if (draw(side, 50) == 0)
            rest(side, 20);
    }
    check(at == stream.size, side, "the stream's length");
    partner_join(scene, partner);
    close_well(side, ends[0]);
    ++*scene->kind->done;
}

/* ---- closed: a descriptor that another task waits for; its number is taken again at once ---- */

struct closed {
    struct side *side;
    int fd;
    bool waits;
};

static void *wait_for_close(void *argument)
{
    struct closed *closed = argument;
    char byte;
    closed->waits = true;
    doing(closed->side, "recv of what is to be closed");
    ssize_t got = TEMP_FAILURE_RETRY(recv(closed->fd, &byte, 1, 0));
    check(got == -1 && errno == EBADF, closed->side, "a closed descriptor is not EBADF");
    return NULL;
}

static void *poll_for_close(void *argument)
{
    struct closed *closed = argument;
    struct pollfd watched = {.fd = closed->fd, .events = POLLIN};
    closed->waits = true;
    doing(closed->side, "poll of what is to be closed");
    poll(&watched, 1, 1000);
    return NULL;
}

void scene_closed(struct scene *scene)
{
    struct side *side = &scene->lead;
    int old[2], new[2];
    char byte = 'n';
    pair_open(side, old);
    struct closed closed = {&scene->partner, old[0], false};
    bool by_poll = draw(side, 4) == 0;
    greq_task *partner = partner_start(by_poll ? poll_for_close : wait_for_close, &closed);
    while (!closed.waits)
        greq_yield();
    if (draw(side, 2))
        rest(side, 30);
    pair_open(side, new);
    check(send(new[1], &byte, 1, 0) == 1, side, "send");
    close_well(side, old[0]);
    int again = fcntl(new[0], F_DUPFD, old[0]);
    check(again >= 0, side, "F_DUPFD");
    partner_join(scene, partner);
    check(recv(again, &byte, 1, MSG_DONTWAIT) == 1, side, "the new file's byte is gone");
    for (int i = 0; i < 4; i++)
        close_well(side, (int[]){old[1], new[0], new[1], again}[i]);
    ++*scene->kind->done;
}

/* ---- raw-close: a number that was waited for comes to name another file, and no hook sees it ----
 */

struct reader {
    struct side *side;
    int fd, to; /* `to`: where the lead writes */
    int duplicate;
    uint64_t received, last;
    uint64_t asked; /* numbers that it has begun to wait for */
};

static void swap_by_close(struct side *side, int fd, int with)
{
    check(syscall(SYS_close, fd) == 0, side, "raw close");
    /* A file of another thread may have the number for a moment: it is not ours to replace. */
    static const struct timespec moment = {0, 100 * 1000};
    int got, tries = 0;
    while ((got = fcntl(with, F_DUPFD, fd)) != fd) {
        check(got >= 0 && ++tries < 10000, side, "F_DUPFD");
        close_well(side, got);
        syscall(SYS_nanosleep, &moment, NULL);
    }
}

/* A duplicate may keep the old file alive. */
static void swap_file(struct reader *reader)
{
    struct side *side = reader->side;
    int ends[2];
    pair_open(side, ends);
    if (reader->duplicate < 0 && draw(side, 2))
        reader->duplicate = dup(reader->fd);
    if (draw(side, 2))
        swap_by_close(side, reader->fd, ends[0]);
    else
        check(syscall(SYS_dup3, ends[0], reader->fd, 0) == reader->fd, side, "raw dup3");
    close_well(side, ends[0]);
    close_well(side, reader->to);
    reader->to = ends[1];
}

static void *read_numbers(void *argument)
{
    struct reader *reader = argument;
    struct side *side = reader->side;
    uint64_t number;
    while (reader->received < reader->last) {
        if (draw(side, 2))
            swap_file(reader);
        if (draw(side, 8) == 0)
            rest(side, 10);
        reader->asked++;
        doing(side, "recv from a number that may name another file");
        ssize_t got = TEMP_FAILURE_RETRY(recv(reader->fd, &number, sizeof number, 0));
        check(got == sizeof number, side, "recv of a number");
        check(number == reader->received, side, "a number is lost, or comes twice");
        reader->received++;
    }
    return NULL;
}

void scene_raw_close(struct scene *scene)
{
    struct side *side = &scene->lead;
    int ends[2];
    pair_open(side, ends);
    struct reader reader = {&scene->partner, ends[0], ends[1], -1, 0, 1 + draw(side, 12), 0};
    greq_task *partner = partner_start(read_numbers, &reader);
    for (uint64_t i = 0; i < reader.last; i++) {
        rest(side, 20);
        while (reader.asked == i) /* it may be about to swap the file */
            sleep_us(side, 100);
        check(send(reader.to, &i, sizeof i, MSG_NOSIGNAL) == sizeof i, side, "send of a number");
        while (reader.received == i)
            rest(side, 2);
        ++*scene->kind->done;
    }
    partner_join(scene, partner);
    close_well(side, reader.fd);
    close_well(side, reader.to);
    if (reader.duplicate >= 0)
        close_well(side, reader.duplicate);
}
