#include "symbol/perf_map.h"

#include "base/memory.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file may be of any size: no more than its end is read, which counts where code has taken the
 * place of other code; and longer lines are left out. */
enum { READ_MAX = 32 << 20, LINE_MAX_LENGTH = 4096 };

struct code {
    uint64_t start, size;
    uint64_t reach; /* the last address of any that starts no later */
    size_t line;
    char *name;
};

struct perf_map {
    struct code *codes; /* by their starts */
    size_t count, capacity;
    bool is_cut; /* what was written first was not read */
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

/* --- the name of a function, in whichever tier it was compiled --- */

/* V8's "JS:*f file:1:2" of what it compiled by TurboFan: behind the kind comes the tier, and a
 * quote if the code is good for one context alone. */
static void leave_out_mark(char *name)
{
    static const char *const kinds[] = {"JS:", "Eval:", "Script:", "Function:", "LazyCompile:"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t length = strlen(kinds[i]);
        if (strncmp(name, kinds[i], length) != 0)
            continue;
        char *rest = name + length;
        rest += *rest && strchr("~^+*", *rest);
        rest += rest > name + length && *rest == '\'';
        memmove(name + length, rest, strlen(rest) + 1);
        return;
    }
}

/* .NET's "void [module] Class::Method(int32)[Tier0]". */
static void leave_out_word(char *name)
{
    size_t length = strlen(name), end = length ? length - 1 : 0, begin = end;
    while (begin && isalnum((unsigned char)name[begin - 1]))
        begin--;
    if (name[end] == ']' && begin < end && begin >= 2 && !strncmp(name + begin - 2, ")[", 2))
        name[begin - 1] = '\0';
}

/* --- reading --- */

/* Lines of other forms say nothing, nor does the last one while it is being written. */
static void add_line(struct perf_map *map, char *line, size_t length)
{
    struct code code;
    if (length > LINE_MAX_LENGTH || line[length - 1] != '\n')
        return;
    line[length - 1] = '\0';
    if (!take_number(&line, &code.start) || !take_number(&line, &code.size) || !code.size || !*line)
        return;
    leave_out_mark(line);
    leave_out_word(line);
    code.name = memory_copy(line);
    code.line = map->count;
    map->codes = memory_grow(map->codes, map->count, &map->capacity, sizeof *map->codes);
    map->codes[map->count++] = code;
}

static bool is_meant(const struct stat *status, const struct perf_map_terms *terms)
{
    return S_ISREG(status->st_mode) && status->st_uid == terms->owner &&
           status->st_mtim.tv_sec >= terms->since && status->st_mtim.tv_sec <= terms->until;
}

/* Returns NULL where it is not to be read. `*is_cut`: it may begin in the middle of a line. */
static FILE *open_end(const char *path, const struct perf_map_terms *terms, bool *is_cut)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    FILE *file = !fstat(fd, &status) && is_meant(&status, terms) ? fdopen(fd, "r") : NULL;
    *is_cut = file && status.st_size > READ_MAX;
    if (!file)
        close(fd);
    else if (*is_cut)
        fseeko(file, -READ_MAX, SEEK_END);
    return file;
}

static int by_start(const void *one, const void *other)
{
    const struct code *first = one, *second = other;
    return (first->start > second->start) - (first->start < second->start);
}

static void sort(struct perf_map *map)
{
    uint64_t reach = 0;
    if (map->count)
        qsort(map->codes, map->count, sizeof *map->codes, by_start);
    for (size_t i = 0; i < map->count; i++) {
        struct code *code = &map->codes[i];
        uint64_t room = UINT64_MAX - code->start;
        uint64_t last = code->start + (code->size <= room ? code->size - 1 : room);
        code->reach = reach = last > reach ? last : reach;
    }
}

struct perf_map *perf_map_open(const char *path, const struct perf_map_terms *terms)
{
    char *line = NULL;
    size_t size = 0;
    bool is_cut = false;
    struct perf_map *map = memory_alloc(1, sizeof *map);
    FILE *file = open_end(path, terms, &is_cut);
    map->is_cut = is_cut;
    for (ssize_t length; file && (length = getline(&line, &size, file)) > 0; is_cut = false)
        if (!is_cut)
            add_line(map, line, (size_t)length);
    if (file)
        fclose(file);
    free(line);
    sort(map);
    return map;
}

void perf_map_close(struct perf_map *map)
{
    for (size_t i = 0; i < map->count; i++)
        free(map->codes[i].name);
    free(map->codes);
    free(map);
}

/* How many pieces start at the address or before it. */
static size_t count_up_to(const struct perf_map *map, uint64_t address)
{
    size_t low = 0, high = map->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (map->codes[middle].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const char *perf_map_find(const struct perf_map *map, uint64_t address, bool past)
{
    const struct code *found = NULL;
    if (past && map->is_cut)
        return NULL;
    for (size_t i = count_up_to(map, address); i-- > 0 && map->codes[i].reach >= address;) {
        const struct code *code = &map->codes[i];
        if (address - code->start >= code->size)
            continue;
        if (past && found && strcmp(found->name, code->name) != 0)
            return NULL;
        if (!found || code->line > found->line)
            found = code;
    }
    return found ? found->name : NULL;
}
