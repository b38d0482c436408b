#include "symbol/perf_map.h"

#include "base/memory.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file may be of any size: further lines are not read, and longer ones are left out. */
enum { CODES_MAX = 1 << 20, LINE_SIZE = 4096 };

struct code {
    uint64_t start, size;
    char *name;
};

struct perf_map {
    struct code *codes; /* as they were written */
    size_t count, capacity;
};

/* A number at `*text`, and the blank behind it, which it is moved past. */
static bool take_number(char **text, uint64_t *number)
{
    char *end;
    if (!strchr("0123456789abcdefABCDEF", **text) || !**text)
        return false;
    *number = strtoull(*text, &end, 16);
    if (*end != ' ')
        return false;
    *text = end + 1;
    return true;
}

/* Lines of other forms say nothing. */
static void add_line(struct perf_map *map, char *line)
{
    struct code code;
    if (!take_number(&line, &code.start) || !take_number(&line, &code.size) || !*line)
        return;
    code.name = memory_copy(line);
    map->codes = memory_grow(map->codes, map->count, &map->capacity, sizeof *map->codes);
    map->codes[map->count++] = code;
}

/* Reads a line that is whole: the last may be in the making. */
static bool read_line(char line[LINE_SIZE], FILE *file, bool *is_whole)
{
    bool begins = *is_whole;
    if (!fgets(line, LINE_SIZE, file))
        return false;
    char *end = strchr(line, '\n');
    *is_whole = end;
    if (end)
        *end = '\0';
    if (!end || !begins)
        *line = '\0';
    return true;
}

static bool is_meant(int fd, const struct perf_map_terms *terms)
{
    struct stat status;
    return !fstat(fd, &status) && S_ISREG(status.st_mode) && status.st_uid == terms->owner &&
           status.st_mtim.tv_sec >= terms->since && status.st_mtim.tv_sec <= terms->until;
}

struct perf_map *perf_map_open(const char *path, const struct perf_map_terms *terms)
{
    char line[LINE_SIZE];
    struct perf_map *map = memory_alloc(1, sizeof *map);
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    FILE *file = fd >= 0 && is_meant(fd, terms) ? fdopen(fd, "r") : NULL;
    for (bool is_whole = true; file && map->count < CODES_MAX && read_line(line, file, &is_whole);)
        add_line(map, line);
    if (file)
        fclose(file);
    else if (fd >= 0)
        close(fd);
    return map;
}

void perf_map_close(struct perf_map *map)
{
    for (size_t i = 0; i < map->count; i++)
        free(map->codes[i].name);
    free(map->codes);
    free(map);
}

const char *perf_map_find(const struct perf_map *map, uint64_t address, bool past)
{
    const char *found = NULL;
    for (size_t i = map->count; i-- > 0 && (past || !found);) {
        const struct code *code = &map->codes[i];
        if (address < code->start || address - code->start >= code->size)
            continue;
        if (found && strcmp(found, code->name) != 0)
            return NULL;
        found = code->name;
    }
    return found;
}
