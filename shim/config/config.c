#include "config/config.h"

#include "config/complain.h"
#include "config/exclude.h"
#include "config/patch.h"
#include "config/through.h"
#include "sys/kernel.h"
#include "sys/table.h"
#include "sys/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

SMALL_TABLE struct config config;

#define DEFAULT_TRACE_LIMIT (UINT64_C(256) << 20)
#define DEFAULT_STACK_SIZE  (UINT64_C(1) << 20)
#define MIN_STACK_SIZE      (UINT64_C(16) << 10)
#define MIN_TRACE_LIMIT     (UINT64_C(64) << 10)
#define MAX_SIZE            (UINT64_C(1) << 40)
#define MAX_NUMBER          (UINT64_C(1) << 33) /* so that a unit cannot overflow */

static void complain_of_word(const char *variable, const char *word, size_t length,
                             const char *remedy)
{
    struct text what = {0};
    char copy[64];
    if (length >= sizeof copy)
        length = sizeof copy - 1;
    memcpy(copy, word, length);
    copy[length] = '\0';
    text_add(&what, "unknown word '");
    text_add(&what, copy);
    text_add(&what, "'");
    complain(variable, text_string(&what), 0, remedy);
}

static bool any_patched(void)
{
    for (int id = 0; id < CALL_COUNT; id++)
        if (config.patched[id])
            return true;
    return false;
}

static void read_patch(const char *list)
{
    const char *unknown = list ? patch_parse(list, config.patched) : NULL;
    if (unknown) {
        complain_of_word(
            "GREQ_PATCH", unknown, strcspn(unknown, ", \t"),
            "use all, none, a family (socket select ssl dns time process file lock "
            "thread), a function, asyncio or through:MODULE, '-' takes away; going on with all");
        unsetenv("GREQ_PATCH"); /* the programs that it starts would only say it again */
    }
    if (unknown || !list)
        patch_all(config.patched);
    if (list)
        through_read(list);
    config.cooperative = any_patched();
    config.asyncio = config.cooperative && list && patch_asks_for_asyncio(list);
}

/* A number of bytes with K, M or G behind it. Returns 0 when it is not one. */
static uint64_t parse_size(const char *text)
{
    static const char units[] = "KMG";
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (errno || end == text || *text == '-' || number > MAX_NUMBER)
        return 0;
    if (*end) {
        const char *unit = strchr(units, toupper((unsigned char)*end));
        if (!unit || end[1])
            return 0;
        number <<= 10 * (unit - units + 1);
    }
    return number > MAX_SIZE ? 0 : number;
}

static uint64_t read_size(const char *variable, uint64_t smallest, uint64_t otherwise)
{
    const char *text = getenv(variable);
    if (!text || !*text)
        return otherwise;
    uint64_t size = parse_size(text);
    if (size >= smallest)
        return size;
    struct text what = {0};
    text_add(&what, "'");
    text_add(&what, text);
    text_add(&what, size ? "' is too small" : "' is not a size");
    struct text remedy = {0};
    text_add(&remedy, "give ");
    text_add_number(&remedy, smallest >> 10);
    text_add(&remedy, "K or more, for example 512K or 8M; going on with ");
    text_add_number(&remedy, otherwise >> 20);
    text_add(&remedy, "M");
    complain(variable, text_string(&what), 0, text_string(&remedy));
    unsetenv(variable);
    return otherwise;
}

/* A program may change its directory, and its children start elsewhere: they get the whole path. */
static void read_trace_dir(const char *dir)
{
    if (!dir || !*dir)
        return;
    size_t used = 0;
    if (*dir != '/') {
        if (!FALLIBLE(getcwd, NULL, config.trace_dir, sizeof config.trace_dir - 1)) {
            complain("GREQ_TRACE", "current directory", errno, "give an absolute path; no trace");
            return;
        }
        used = strlen(config.trace_dir);
        config.trace_dir[used++] = '/';
    }
    /* Room for the names of the files in it. */
    if (used + strlen(dir) + 100 > TEXT_SIZE) {
        complain("GREQ_TRACE", "", ENAMETOOLONG, "give a shorter path; no trace");
        config.trace_dir[0] = '\0';
        return;
    }
    strcpy(config.trace_dir + used, dir);
    if (used)
        setenv("GREQ_TRACE", config.trace_dir, 1);
}

static bool is_set(const char *variable)
{
    const char *value = getenv(variable);
    return value && *value && strcmp(value, "0") != 0;
}

static bool is_off(const char *variable)
{
    const char *value = getenv(variable);
    return value && strcmp(value, "0") == 0;
}

/* Copied: programs write their titles over their environment. */
static void read_runtime_dir(const char *directory)
{
    if (directory && *directory == '/' && strlen(directory) < sizeof config.runtime_dir)
        strcpy(config.runtime_dir, directory);
}

static bool is_kernel(const char *clock)
{
    if (!clock || !*clock)
        return false;
    if (strcmp(clock, "kernel") == 0)
        return true;
    complain("GREQ_CLOCK", clock, 0,
             "give kernel, or leave it unset; going on as if it were unset");
    unsetenv("GREQ_CLOCK");
    return false;
}

/* Nothing cooperates, is recorded or said, also of the other variables. */
static void leave_alone(void)
{
    config.quiet = true;
    config.trace_limit = DEFAULT_TRACE_LIMIT;
    config.stack_size = DEFAULT_STACK_SIZE;
}

void config_read(void)
{
    int saved_errno = errno;
    const char *excluded = getenv("GREQ_EXCLUDE");
    if (excluded && exclude_names_program(excluded)) {
        leave_alone();
        errno = saved_errno;
        return;
    }
    config.quiet = is_set("GREQ_QUIET");
    config.keeps_arguments = is_set("GREQ_ARGS");
    config.http = is_set("GREQ_HTTP");
    config.live = !is_off("GREQ_LIVE");
    read_runtime_dir(getenv("XDG_RUNTIME_DIR"));
    config.kernels_clock = is_kernel(getenv("GREQ_CLOCK"));
    config.log = getenv("GREQ_LOG");
    if (config.log && !*config.log)
        config.log = NULL;
    config.trace_limit = read_size("GREQ_TRACE_LIMIT", MIN_TRACE_LIMIT, DEFAULT_TRACE_LIMIT);
    config.stack_size = read_size("GREQ_STACK_SIZE", MIN_STACK_SIZE, DEFAULT_STACK_SIZE);
    read_patch(getenv("GREQ_PATCH"));
    read_trace_dir(getenv("GREQ_TRACE"));
    errno = saved_errno;
}
