#include "log/metadata.h"

#include "real/calls.h"
#include "sys/kernel.h"
#include "sys/table.h"
#include "sys/text.h"

#include <errno.h>
#include <fcntl.h>
#include <greq/trace_format.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* metadata.tsdl */
extern const char metadata_text[] __attribute__((visibility("hidden")));
extern const char metadata_text_end[] __attribute__((visibility("hidden")));

#define PIECE 4096

/* Where the text goes, piece by piece: into a file, or it is compared with one. The whole of it
 * would be memory that each program that starts touches for this alone. */
struct metadata {
    int fd;        /* -1: it is only counted */
    bool compares; /* else it is written */
    int error;     /* 0, an errno value, or -1: the file is another */
    size_t used;   /* of the piece */
    size_t size;   /* of all */
};

/* Of the one who opens the log, whose stack may be small: a start, which is alone, or live_obey,
 * which lets one thread through. */
static TABLE char piece[PIECE] __attribute__((aligned(PIECE))), found[PIECE];

/* Returns how much of a piece there is, or -1. */
static ssize_t read_piece(int fd, size_t size)
{
    size_t at = 0;
    ssize_t got = 1;
    while (at < size && (got = KERNEL(read, fd, found + at, size - at)) > 0)
        at += (size_t)got;
    return got < 0 ? -1 : (ssize_t)at;
}

static int compare_piece(int fd, size_t size)
{
    ssize_t got = read_piece(fd, size);
    return got == (ssize_t)size && memcmp(piece, found, size) == 0 ? 0 : -1;
}

static int write_piece(int fd, size_t size)
{
    ssize_t written = KERNEL(write, fd, piece, size);
    if (written == (ssize_t)size)
        return 0;
    return written < 0 ? errno : ENOSPC;
}

static void flush(struct metadata *metadata)
{
    int fd = metadata->fd;
    size_t size = metadata->used;
    metadata->used = 0;
    metadata->size += size;
    if (fd >= 0 && !metadata->error)
        metadata->error = metadata->compares ? compare_piece(fd, size) : write_piece(fd, size);
}

static void append(struct metadata *metadata, const char *bytes, size_t size)
{
    while (size) {
        size_t room = PIECE - metadata->used, part = size < room ? size : room;
        memcpy(piece + metadata->used, bytes, part);
        metadata->used += part;
        bytes += part;
        size -= part;
        if (metadata->used == PIECE)
            flush(metadata);
    }
}

static void append_text(struct metadata *metadata, const char *text)
{
    append(metadata, text, strlen(text));
}

static void append_number(struct metadata *metadata, unsigned number)
{
    char digits[10], *first = digits + sizeof digits;
    do
        *--first = (char)('0' + number % 10);
    while (number /= 10);
    append(metadata, first, (size_t)(digits + sizeof digits - first));
}

static void append_call(struct metadata *metadata, unsigned id)
{
    append_text(metadata, id ? ",\n    \"" : "    \"");
    append_text(metadata, call_infos[id].name);
    append_text(metadata, "\" = ");
    append_number(metadata, id);
}

/* The calls of each role, chained: each start of a traced process goes through the text. */
struct role_chains {
    unsigned short first[ROLE_COUNT], next[CALL_COUNT]; /* CALL_COUNT: none */
};

static void chain_roles(struct role_chains *chains)
{
    for (unsigned role = 0; role < ROLE_COUNT; role++)
        chains->first[role] = CALL_COUNT;
    for (unsigned id = CALL_COUNT; id-- > 0;) {
        chains->next[id] = chains->first[call_role(id)];
        chains->first[call_role(id)] = (unsigned short)id;
    }
}

/* `role_READ = " recv read ...";`: which calls have the role. */
static void append_role(struct metadata *metadata, const struct role_chains *chains,
                        enum call_role role)
{
    append_text(metadata, "    role_");
    append_text(metadata, role_names[role]);
    append_text(metadata, " = \"");
    for (unsigned id = chains->first[role]; id != CALL_COUNT; id = chains->next[id]) {
        append_text(metadata, " ");
        append_text(metadata, call_infos[id].name);
    }
    append_text(metadata, "\";\n");
}

#define NUMBER_TEXT(number) TEXT_OF(number)
#define TEXT_OF(tokens)     #tokens

/* What concerns the whole trace. The doctor looks for the format's number in the library's file. */
static void append_environment(struct metadata *metadata)
{
    struct role_chains chains;
    chain_roles(&chains);
    append_text(metadata, "env {\n    tracer_name = \"greq\";\n    greq_format = " NUMBER_TEXT(
                              TRACE_FORMAT_VERSION) ";\n");
    for (unsigned role = 0; role < ROLE_COUNT; role++)
        append_role(metadata, &chains, role);
    append_text(metadata, "};\n\n");
}

/* Goes through the whole text. */
static void make(struct metadata *metadata)
{
    static const char head[] = "/* CTF 1.8 */\n\n"
                               "typealias integer { size = 16; align = 16; signed = false; } := "
                               "uint16_t;\n\nenum call_name : uint16_t {\n";
    static const char after_calls[] = "\n};\n\nenum call_refusal : uint16_t {\n    \"none\" = 0"
#define LINE(name, word, text) ",\n    \"" word "\""
        TRACE_REFUSALS(LINE) "\n};\n\n";
#undef LINE
    append(metadata, head, sizeof head - 1);
    for (unsigned id = 0; id < CALL_COUNT; id++)
        append_call(metadata, id);
    append(metadata, after_calls, sizeof after_calls - 1);
    append_environment(metadata);
    append(metadata, metadata_text, (size_t)(metadata_text_end - metadata_text));
    flush(metadata);
}

static int raw_open(const char *path, int flags)
{
    return (int)KERNEL(openat, AT_FDCWD, path, flags | O_CLOEXEC, 0600);
}

/* Beyond the limit a write is a SIGXFSZ. */
static bool may_be_written(void)
{
    struct rlimit limit;
    struct metadata counted = {.fd = -1};
    if (getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return true;
    make(&counted);
    return counted.size <= limit.rlim_cur;
}

/* Returns 0 or an errno value; then there is no file. */
static int write_file(const char *path)
{
    if (!may_be_written())
        return EFBIG;
    struct metadata metadata = {.fd = raw_open(path, O_WRONLY | O_CREAT | O_EXCL)};
    if (metadata.fd < 0)
        return errno;
    make(&metadata);
    KERNEL(close, metadata.fd);
    if (metadata.error)
        KERNEL(unlinkat, AT_FDCWD, path, 0);
    return metadata.error;
}

/* Returns 0 when the file is the same, -1 when it is not, or an errno value. */
static int compare_file(const char *path)
{
    struct metadata metadata = {.fd = raw_open(path, O_RDONLY), .compares = true};
    if (metadata.fd < 0)
        return errno;
    make(&metadata);
    if (!metadata.error && read_piece(metadata.fd, 1) != 0) /* it goes on */
        metadata.error = -1;
    KERNEL(close, metadata.fd);
    return metadata.error;
}

int metadata_write(const char *dir)
{
    struct text path = {0}, hidden = {0};
    text_add(&path, dir);
    text_add(&path, "/metadata");
    int error = compare_file(text_string(&path));
    if (error != ENOENT)
        return error;
    text_add(&hidden, dir);
    text_add(&hidden, "/.metadata.");
    text_add_number(&hidden, (uint64_t)getpid());
    error = write_file(text_string(&hidden));
    if (error)
        return error;
    /* link, not rename: of several processes one wins, and its file is never replaced. */
    if (KERNEL(linkat, AT_FDCWD, text_string(&hidden), AT_FDCWD, text_string(&path), 0) != 0)
        error = errno == EEXIST ? compare_file(text_string(&path)) : errno;
    KERNEL(unlinkat, AT_FDCWD, text_string(&hidden), 0);
    return error;
}
