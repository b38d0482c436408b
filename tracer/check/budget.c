/*
 * A line's way: read_line, which inih calls, counts it, refuses what it must not have and takes
 * "[mark NAME]" for itself; inih calls take for each key; set finds what the key is in the table of
 * keys, or refuses it. The first fault ends the file and is the one that is told (fault).
 *
 * Figures with a limit come from base/figures.def; any other limit is a row of keys and a member of
 * struct budget, or struct mark_limits.
 */
#include "check/budget.h"

#include "base/memory.h"
#include "check/number.h"
#include "render/clean.h"

#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PROBLEM_SIZE = 512 };

/* inih takes a ':' for a '=', but functions of C++ have colons in their names. */
enum { COLON = '\x1f' };

/* A file while it is read. inih says neither on which line a key is nor that a line was too long
 * for it, so the lines are counted and looked at on their way to it. */
struct reading {
    struct budget *budget;
    FILE *file;
    unsigned line;
    size_t mark;     /* whose section it is in, plus 1; 0: of none yet */
    unsigned faulty; /* the first line that has a fault; 0: none */
    char problem[PROBLEM_SIZE];
};

static void fault(struct reading *reading, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void fault(struct reading *reading, const char *format, ...)
{
    va_list arguments;
    if (reading->faulty)
        return;
    reading->faulty = reading->line;
    va_start(arguments, format);
    vsnprintf(reading->problem, sizeof reading->problem, format, arguments);
    va_end(arguments);
}

/* --- lines, on their way to inih --- */

/* Without its indentation, which would make it a part of the value before. */
static void outdent(char *line)
{
    memmove(line, line + strspn(line, " \t"), strlen(line + strspn(line, " \t")) + 1);
}

static void hide_colons(char *line)
{
    for (char *at = line; *line != '[' && *at && *at != '='; at++)
        if (*at == ':')
            *at = COLON;
}

static char *show_colons(const char *name)
{
    char *copy = memory_copy(name);
    for (char *at = copy; *at; at++)
        if (*at == COLON)
            *at = ':';
    return copy;
}

static void check_characters(struct reading *reading, const char *line, bool last)
{
    if (!last && !strchr(line, '\n'))
        fault(reading,
              "longer than %d characters, or with a NUL in it: shorten it; a name may "
              "have * for any characters",
              (int)strlen(line));
    for (const char *at = line; *at; at++)
        if ((unsigned char)*at < ' ' && !strchr("\t\r\n", *at)) {
            fault(reading, "has a control character: remove it");
            return;
        }
}

/* --- sections of marks --- */

/* The name in "[mark NAME]", which may have brackets itself; cuts the line at its `end`. */
static char *name_of_mark(char *line, char *end)
{
    char *name = line + strlen("[mark");
    name += strspn(name, " \t");
    while (end > name && strchr(" \t", end[-1]))
        end--;
    *end = '\0';
    return name;
}

static size_t find_or_add_mark(struct reading *reading, const char *name)
{
    struct budget *budget = reading->budget;
    char *clean = clean_copy(name, false);
    size_t i = 0;
    while (i < budget->mark_count && strcmp(budget->marks[i].mark, clean))
        i++;
    if (i < budget->mark_count) {
        free(clean);
        return i;
    }
    budget->marks = memory_grow(budget->marks, budget->mark_count, &budget->mark_capacity,
                                sizeof *budget->marks);
    budget->marks[budget->mark_count++] =
        (struct mark_limits){.mark = clean, .line = reading->line};
    return i;
}

/* What inih reads of it is "[mark]". */
static void take_mark(struct reading *reading, char *line)
{
    const size_t length = strlen("[mark");
    char *comment = strstr(line, " ;");
    char *end = comment ? memrchr(line, ']', comment - line) : strrchr(line, ']');
    if (strncmp(line, "[mark", length) || !strchr(" \t]", line[length]) || !end)
        return;
    char *name = name_of_mark(line, end);
    if (*name)
        reading->mark = find_or_add_mark(reading, name) + 1;
    else
        fault(reading, "a mark has no name: write [mark NAME], as greq_mark() is given it");
    strcpy(line, "[mark]\n");
}

/* fgets for inih. A fault ends the file. */
static char *read_line(char *line, int size, void *stream)
{
    struct reading *reading = stream;
    if (reading->faulty || !fgets(line, size, reading->file))
        return NULL;
    reading->line++;
    check_characters(reading, line, feof(reading->file));
    outdent(line);
    hide_colons(line);
    take_mark(reading, line);
    return line;
}

/* --- keys --- */

struct key {
    const char *section;
    const char *name;
    size_t offset; /* of its struct limit in struct budget, or in struct mark_limits */
    bool is_share;
};

static const struct key keys[] = {
#define LIMITED(name, ...) {"budget", #name, offsetof(struct budget, name), false},
#include "check/limited.h"
    {"budget", "serialized_share", offsetof(struct budget, serialized_share), true},
    {"budget", "min_concurrency", offsetof(struct budget, min_concurrency), false},
    {"budget", "min_coverage", offsetof(struct budget, min_coverage), true},
    {"budget", "longest_call_s", offsetof(struct budget, longest_call_s), false},
    {"budget", "shared_connections", offsetof(struct budget, shared_connections), false},
#define LIMITED(name, ...) {"mark", #name, offsetof(struct mark_limits, name), false},
#include "check/limited.h"
    {"mark", "wall_s", offsetof(struct mark_limits, wall_s), false},
    {"mark", "longest_call_s", offsetof(struct mark_limits, longest_call_s), false},
    {"baseline", "tolerance", offsetof(struct budget, tolerance), false},
};
enum { KEY_COUNT = sizeof keys / sizeof *keys };

static const struct key *find_key(const char *section, const char *name)
{
    for (size_t i = 0; i < KEY_COUNT; i++)
        if (!strcmp(keys[i].section, section) && !strcmp(keys[i].name, name))
            return &keys[i];
    return NULL;
}

static struct limit *limit_of(struct reading *reading, const struct key *key)
{
    void *of = reading->budget;
    if (!strcmp(key->section, "mark"))
        of = &reading->budget->marks[reading->mark - 1];
    return (void *)((char *)of + key->offset);
}

static void set_limit(struct reading *reading, const struct key *key, const char *value)
{
    struct limit *limit = limit_of(reading, key);
    double number;
    if (limit->set)
        fault(reading, "%s is given twice, first on line %u: keep one", key->name, limit->line);
    else if (!number_read(&number, value))
        fault(reading, "%s = %s: not a number; write it as 2 or 0.5", key->name, value);
    else if (key->is_share && number > 1)
        fault(reading, "%s = %s: not a share; write a fraction from 0 to 1, as 0.95", key->name,
              value);
    else
        *limit = (struct limit){true, number, reading->line};
}

static void set_baseline(struct reading *reading, const char *value)
{
    const char *slash = strrchr(reading->budget->path, '/');
    int folder = *value != '/' && slash ? (int)(slash + 1 - reading->budget->path) : 0;
    if (reading->budget->baseline) {
        fault(reading, "file is given twice: keep one");
        return;
    }
    if (!*value) {
        fault(reading, "file names no file: write the path of a JSON report");
        return;
    }
    if (asprintf(&reading->budget->baseline, "%.*s%s", folder, reading->budget->path, value) < 0)
        abort();
}

static void add_allowance(struct reading *reading, const char *name, const char *reason)
{
    struct budget *budget = reading->budget;
    const char *at = strchr(name, '@');
    if (!at || at == name || !at[1]) {
        fault(reading, "%s: write CALL@FUNCTION = reason, as getaddrinfo@resolve_once", name);
        return;
    }
    if (!*reason) {
        fault(reading, "%s: no reason is given: write why it is allowed behind the '='", name);
        return;
    }
    budget->allowed = memory_grow(budget->allowed, budget->allowed_count, &budget->allowed_capacity,
                                  sizeof *budget->allowed);
    budget->allowed[budget->allowed_count++] = (struct allowance){
        .call = memory_copy_bytes(name, at - name),
        .function = clean_copy(at + 1, false),
        .reason = clean_copy(reason, false),
        .line = reading->line,
    };
}

static void refuse_key(struct reading *reading, const char *section, const char *name)
{
    char list[256] = "";
    for (size_t i = 0; i < KEY_COUNT; i++)
        if (!strcmp(keys[i].section, section)) {
            strcat(list, *list ? ", " : "");
            strcat(list, keys[i].name);
        }
    fault(reading, "unknown key '%s'; [%s] has %s", name, section, list);
}

static void set(struct reading *reading, const char *section, const char *name, const char *value)
{
    const struct key *key = find_key(section, name);
    if (key)
        set_limit(reading, key, value);
    else if (!strcmp(section, "baseline") && !strcmp(name, "file"))
        set_baseline(reading, value);
    else if (!strcmp(section, "allow"))
        add_allowance(reading, name, value);
    else if (!strcmp(section, "budget") || !strcmp(section, "mark"))
        refuse_key(reading, section, name);
    else if (!strcmp(section, "baseline"))
        fault(reading, "unknown key '%s'; [baseline] has file, tolerance", name);
    else if (*section)
        fault(reading,
              "unknown section [%s]; there are [budget], [allow], [mark NAME], "
              "[baseline]",
              section);
    else
        fault(reading, "'%s' is in no section: write [budget] above it", name);
}

/* What inih calls for each line with a key. Returns nonzero while all is well. */
static int take(void *data, const char *section, const char *name, const char *value)
{
    struct reading *reading = data;
    char *shown = show_colons(name);
    set(reading, section, shown, value);
    free(shown);
    return !reading->faulty;
}

/* --- the file --- */

/* Such a section would be met by every run. */
static void check_marks(struct reading *reading)
{
    const struct budget *budget = reading->budget;
    for (size_t i = 0; i < budget->mark_count; i++) {
        const struct mark_limits *limits = &budget->marks[i];
        bool is_limited = limits->wall_s.set || limits->longest_call_s.set;
#define LIMITED(name, ...) is_limited |= limits->name.set;
#include "check/limited.h"
        reading->line = limits->line;
        if (!is_limited)
            fault(reading, "[mark %s] has no limit: write one below it, as wall_s = 2",
                  limits->mark);
    }
}

static int parse(struct reading *reading, struct error *error)
{
    int line = ini_parse_stream(read_line, reading, take, reading);
    if (ferror(reading->file) || line < 0)
        return error_set(error, "%s: cannot be read: %s", reading->budget->path, strerror(errno));
    if (line > 0 && (!reading->faulty || (unsigned)line < reading->faulty)) {
        reading->line = line;
        reading->faulty = 0; /* what follows from it */
        fault(reading, "neither [section] nor key = value");
    }
    check_marks(reading);
    if (reading->faulty)
        return error_set(error, "%s:%u: %s", reading->budget->path, reading->faulty,
                         reading->problem);
    return 0;
}

int budget_load(struct budget *budget, const char *path, struct error *error)
{
    struct reading reading = {.budget = budget, .file = fopen(path, "re")};
    if (!reading.file)
        return error_set(error, "%s: %s: name a budget file", path, strerror(errno));
    *budget = (struct budget){.path = memory_copy(path)};
    int status = parse(&reading, error);
    fclose(reading.file);
    if (status)
        budget_finish(budget);
    return status;
}

static void set_default(struct limit *limit, double value)
{
    if (!limit->set)
        *limit = (struct limit){.set = true, .value = value};
}

/* Whether anything but the trust in the run is judged. */
static bool judges(const struct budget *budget)
{
    bool is_limited = false;
#define LIMITED(name, ...) is_limited |= budget->name.set;
#include "check/limited.h"
    return is_limited || budget->mark_count || budget->serialized_share.set ||
           budget->min_concurrency.set || budget->longest_call_s.set ||
           budget->shared_connections.set || budget->baseline;
}

void budget_complete(struct budget *budget)
{
    budget->is_default = !judges(budget);
    if (budget->is_default) {
#define LIMITED(name, ...) set_default(&budget->name, BUDGET_DEFAULT_S);
#include "check/limited.h"
        set_default(&budget->shared_connections, 0);
    }
    set_default(&budget->min_coverage, BUDGET_DEFAULT_COVERAGE);
    set_default(&budget->tolerance, BUDGET_DEFAULT_TOLERANCE);
}

void budget_finish(struct budget *budget)
{
    for (size_t i = 0; i < budget->allowed_count; i++) {
        free(budget->allowed[i].call);
        free(budget->allowed[i].function);
        free(budget->allowed[i].reason);
    }
    free(budget->allowed);
    for (size_t i = 0; i < budget->mark_count; i++)
        free(budget->marks[i].mark);
    free(budget->marks);
    free(budget->baseline);
    free(budget->path);
    *budget = (struct budget){0};
}
