#include "log/metadata.h"

#include "real/calls.h"
#include "sys/kernel.h"
#include "sys/text.h"

#include <errno.h>
#include <fcntl.h>
#include <greq/trace_format.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

/* metadata.tsdl */
extern const char metadata_text[] __attribute__((visibility("hidden")));
extern const char metadata_text_end[] __attribute__((visibility("hidden")));

/* A file is read in such pieces, into memory behind the text. */
#define PIECE 4096

/* The whole text, in memory of its own. */
struct metadata {
    char *bytes;
    size_t size, capacity;
};

static void append(struct metadata *metadata, const char *bytes, size_t size)
{
    memcpy(metadata->bytes + metadata->size, bytes, size);
    metadata->size += size;
}

static void append_text(struct metadata *metadata, const char *text)
{
    append(metadata, text, strlen(text));
}

static void append_call(struct metadata *metadata, unsigned id)
{
    struct text line = {0};
    text_add(&line, id ? ",\n    \"" : "    \"");
    text_add(&line, call_infos[id].name);
    text_add(&line, "\" = ");
    text_add_number(&line, id);
    append(metadata, line.bytes, line.used);
}

/* `role_READ = " recv read ...";`: which calls have the role. */
static void append_role(struct metadata *metadata, enum call_role role)
{
    append_text(metadata, "    role_");
    append_text(metadata, role_names[role]);
    append_text(metadata, " = \"");
    for (unsigned id = 0; id < CALL_COUNT; id++)
        if (call_role(id) == role) {
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
    append_text(metadata, "env {\n    tracer_name = \"greq\";\n    greq_format = " NUMBER_TEXT(
                              TRACE_FORMAT_VERSION) ";\n");
    for (unsigned role = 0; role < ROLE_COUNT; role++)
        append_role(metadata, role);
    append_text(metadata, "};\n\n");
}

static bool metadata_make(struct metadata *metadata)
{
    static const char head[] = "/* CTF 1.8 */\n\n"
                               "typealias integer { size = 16; align = 16; signed = false; } := "
                               "uint16_t;\n\nenum call_name : uint16_t {\n";
    static const char after_calls[] = "\n};\n\nenum call_refusal : uint16_t {\n    \"none\" = 0"
#define LINE(name, word, text) ",\n    \"" word "\""
        TRACE_REFUSALS(LINE) "\n};\n\n";
#undef LINE
    size_t tail = (size_t)(metadata_text_end - metadata_text);
    /* A call's line is shorter than 64 bytes, and so are its name among its role's and a role's. */
    metadata->capacity =
        sizeof head + CALL_COUNT * 128 + sizeof after_calls + (ROLE_COUNT + 2) * 64 + tail + PIECE;
    metadata->size = 0;
    metadata->bytes = FALLIBLE(mmap, MAP_FAILED, NULL, metadata->capacity, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (metadata->bytes == MAP_FAILED)
        return false;
    append(metadata, head, sizeof head - 1);
    for (unsigned id = 0; id < CALL_COUNT; id++)
        append_call(metadata, id);
    append(metadata, after_calls, sizeof after_calls - 1);
    append_environment(metadata);
    append(metadata, metadata_text, tail);
    return true;
}

static int raw_open(const char *path, int flags)
{
    return (int)KERNEL(openat, AT_FDCWD, path, flags | O_CLOEXEC, 0600);
}

/* Returns 0 or an errno value; then there is no file. */
static int write_file(const char *path, const struct metadata *metadata)
{
    struct rlimit limit;
    /* Beyond the limit a write is a SIGXFSZ. */
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < metadata->size)
        return EFBIG;
    int fd = raw_open(path, O_WRONLY | O_CREAT | O_EXCL), error = 0;
    if (fd < 0)
        return errno;
    ssize_t written = KERNEL(write, fd, metadata->bytes, metadata->size);
    if (written != (ssize_t)metadata->size)
        error = written < 0 ? errno : ENOSPC;
    KERNEL(close, fd);
    if (error)
        KERNEL(unlinkat, AT_FDCWD, path, 0);
    return error;
}

/* Returns 0 when the file is the same, -1 when it is not, or an errno value. */
static int compare_file(const char *path, const struct metadata *metadata)
{
    char *bytes = metadata->bytes + metadata->size;
    size_t at = 0;
    ssize_t got;
    int fd = raw_open(path, O_RDONLY);
    if (fd < 0)
        return errno;
    while ((got = KERNEL(read, fd, bytes, PIECE)) > 0) {
        if ((size_t)got > metadata->size - at ||
            memcmp(bytes, metadata->bytes + at, (size_t)got) != 0)
            break;
        at += (size_t)got;
    }
    KERNEL(close, fd);
    return got == 0 && at == metadata->size ? 0 : -1;
}

static int put(const char *dir, const struct metadata *metadata)
{
    struct text path = {0}, hidden = {0};
    text_add(&path, dir);
    text_add(&path, "/metadata");
    int error = compare_file(text_string(&path), metadata);
    if (error != ENOENT)
        return error;
    text_add(&hidden, dir);
    text_add(&hidden, "/.metadata.");
    text_add_number(&hidden, (uint64_t)getpid());
    error = write_file(text_string(&hidden), metadata);
    if (error)
        return error;
    /* link, not rename: of several processes one wins, and its file is never replaced. */
    if (KERNEL(linkat, AT_FDCWD, text_string(&hidden), AT_FDCWD, text_string(&path), 0) != 0)
        error = errno == EEXIST ? compare_file(text_string(&path), metadata) : errno;
    KERNEL(unlinkat, AT_FDCWD, text_string(&hidden), 0);
    return error;
}

int metadata_write(const char *dir)
{
    struct metadata metadata;
    if (!metadata_make(&metadata))
        return ENOMEM;
    int error = put(dir, &metadata);
    munmap(metadata.bytes, metadata.capacity);
    return error;
}
