/* overlap_transfer: tasks in which data goes from one descriptor to another, late. */
#include "data_byte.h"
#include "facts.h"
#include "fake_ktls.h"
#include "overlap.h"
#include "peer_client.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SIZE = 4 << 20, PIPED = 512 << 10 };

static int file; /* SIZE bytes, as data_byte() has them */

static void make_file(void)
{
    char *data = malloc(SIZE);
    for (size_t i = 0; i < SIZE; i++)
        data[i] = data_byte(i);
    file = must(memfd_create("data", 0), "memfd_create");
    must(pwrite(file, data, SIZE, 0) == SIZE ? 0 : -1, "pwrite");
    free(data);
}

/* The peer starts to read when the buffers between have long been full, so the call must wait. */
static bool send_file(ssize_t (*send_all)(int fd, off_t *offset))
{
    int small = 256 << 10;
    char verdict[4];
    off_t offset = 0;
    int fd = peer_open("wait %d digest %d", overlap_wait_ms, SIZE);
    must(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small), "SO_SNDBUF");
    bool complete = send_all(fd, &offset) == SIZE && offset == SIZE;
    bool arrived = complete && recv(fd, verdict, 4, MSG_WAITALL) == 4;
    close(fd);
    return arrived && memcmp(verdict, "good", 4) == 0;
}

static ssize_t by_sendfile(int fd, off_t *offset)
{
    return sendfile(fd, file, offset, SIZE);
}

static bool wait_sendfile(int index)
{
    (void)index;
    return send_file(by_sendfile);
}

/* By a libssl whose kernel encrypts: what it does is sendfile(2). */
static ssize_t by_ssl_sendfile(int fd, off_t *offset)
{
    struct ssl_st *ssl = fake_ktls_open(fd);
    ssize_t sent = SSL_sendfile(ssl, file, *offset, SIZE, 0);
    fake_ktls_close(ssl);
    *offset += sent;
    return sent;
}

static bool wait_ssl_sendfile(int index)
{
    (void)index;
    return send_file(by_ssl_sendfile);
}

static bool wait_splice(int index)
{
    char wanted = (char)('a' + index % 26), letter = 0;
    int ends[2], fd = peer_open("wait %d say %c", overlap_wait_ms, wanted);
    must(pipe(ends), "pipe");
    bool right = splice(fd, NULL, ends[1], NULL, PIPED, 0) == 1 && read(ends[0], &letter, 1) == 1 &&
                 letter == wanted;
    close(fd);
    close(ends[0]);
    close(ends[1]);
    return right;
}

/* A thread that is no task reads late. */
static void *read_late(void *fd)
{
    static __thread char bytes[PIPED];
    size_t got = 0;
    raw_sleep_ms(overlap_wait_ms);
    for (ssize_t part = 1; got < PIPED && part > 0; got += (size_t)part)
        part = read((int)(intptr_t)fd, bytes, sizeof bytes);
    return (void *)(intptr_t)got;
}

static bool wait_splice_out(int index)
{
    int ends[2], sockets[2], small = 1;
    char *bytes = calloc(1, PIPED);
    pthread_t reader;
    void *got = NULL;
    (void)index;
    must(pipe(ends), "pipe");
    must(fcntl(ends[1], F_SETPIPE_SZ, PIPED), "F_SETPIPE_SZ");
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), "socketpair");
    must(setsockopt(sockets[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small), "SO_SNDBUF");
    bool right = write(ends[1], bytes, PIPED) == PIPED;
    must(-pthread_create(&reader, NULL, read_late, (void *)(intptr_t)sockets[1]), "pthread_create");
    right = right && splice(ends[0], NULL, sockets[0], NULL, PIPED, 0) == PIPED;
    pthread_join(reader, &got);
    for (int i = 0; i < 2; i++) {
        close(ends[i]);
        close(sockets[i]);
    }
    free(bytes);
    return right && (intptr_t)got == PIPED;
}

int main(int argc, char **argv)
{
    static const struct overlap_case cases[] = {
        {"sendfile", wait_sendfile},
        {"splice", wait_splice},
        {"splice_out", wait_splice_out},
        {"SSL_sendfile", wait_ssl_sendfile},
        {NULL, NULL},
    };
    make_file();
    return overlap_main(argc, argv, cases);
}
