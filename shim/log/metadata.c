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

#define NUMBER_TEXT(number) TEXT_OF(number)
#define TEXT_OF(tokens)     #tokens

/* What depends on hooks.def: the calls with their numbers, and the role of each in that order. The
 * compiler makes the text, not each program that starts. What concerns the whole trace is here as
 * well: the doctor looks for the format's number in the library's file. */
static const char before_rest[] =
    "/* CTF 1.8 */\n\n"
    "typealias integer { size = 16; align = 16; signed = false; } := uint16_t;\n\n"
    "enum call_name : uint16_t {\n"
#define HOOK(symbol, ...) "    \"" #symbol "\" = " NUMBER_TEXT(__COUNTER__) ",\n"
#include "hooks.def"
    "};\n\n"
    "enum call_refusal : uint16_t {\n"
    "    \"none\" = 0"
#define LINE(name, word, text) ",\n    \"" word "\""
    TRACE_REFUSALS(LINE)
#undef LINE
        "\n};\n\n"
        "env {\n"
        "    tracer_name = \"greq\";\n"
        "    greq_format = " NUMBER_TEXT(TRACE_FORMAT_VERSION) ";\n"
                                                               "    call_roles = \""
#define HOOK(symbol, covered_by, family, library, role, flags) #role " "
#include "hooks.def"
                                                               "\";\n"
                                                               "};\n\n";
_Static_assert(__COUNTER__ == CALL_COUNT, "nobody else counts here");

struct part {
    const char *text;
    size_t size;
};

enum { PARTS = 2 };

/* No table, which each process would have to relocate. */
static struct part part_of_text(int number)
{
    return number == 0 ? (struct part){before_rest, sizeof before_rest - 1}
                       : (struct part){metadata_text, (size_t)(metadata_text_end - metadata_text)};
}

/* ---- files ---- */

/* Of the one who opens the log, whose stack may be small: a start, which is alone, or live_obey,
 * which lets one thread through. */
static TABLE char found[4096];

static int raw_open(const char *path, int flags)
{
    return (int)KERNEL(openat, AT_FDCWD, path, flags | O_CLOEXEC, 0600);
}

/* Beyond the limit a write is a SIGXFSZ. */
static bool may_be_written(void)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_FSIZE, &limit) != 0 ||
           part_of_text(0).size + part_of_text(1).size <= limit.rlim_cur;
}

static int write_part(int fd, struct part part)
{
    ssize_t written = KERNEL(write, fd, part.text, part.size);
    if (written == (ssize_t)part.size)
        return 0;
    return written < 0 ? errno : ENOSPC;
}

/* Returns 0 or an errno value; then there is no file. */
static int write_file(const char *path)
{
    if (!may_be_written())
        return EFBIG;
    int error = 0, fd = raw_open(path, O_WRONLY | O_CREAT | O_EXCL);
    if (fd < 0)
        return errno;
    for (int i = 0; i < PARTS && !error; i++)
        error = write_part(fd, part_of_text(i));
    KERNEL(close, fd);
    if (error)
        KERNEL(unlinkat, AT_FDCWD, path, 0);
    return error;
}

/* Returns how many of `size` bytes there are, or -1. */
static ssize_t read_found(int fd, size_t size)
{
    size_t at = 0;
    ssize_t got = 1;
    while (at < size && (got = KERNEL(read, fd, found + at, size - at)) > 0)
        at += (size_t)got;
    return got < 0 ? -1 : (ssize_t)at;
}

static bool has_part(int fd, struct part part)
{
    bool is_same = true;
    for (size_t at = 0; at < part.size && is_same; at += sizeof found) {
        size_t rest = part.size - at, size = rest < sizeof found ? rest : sizeof found;
        is_same = read_found(fd, size) == (ssize_t)size && !memcmp(part.text + at, found, size);
    }
    return is_same;
}

/* Returns 0 when the file is the same, -1 when it is not, or an errno value. */
static int compare_file(const char *path)
{
    bool is_same = true;
    int fd = raw_open(path, O_RDONLY);
    if (fd < 0)
        return errno;
    for (int i = 0; i < PARTS && is_same; i++)
        is_same = has_part(fd, part_of_text(i));
    is_same = is_same && read_found(fd, 1) == 0; /* else it goes on */
    KERNEL(close, fd);
    return is_same ? 0 : -1;
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
