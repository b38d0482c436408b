#include "launch/preload.h"

#include "base/memory.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char separators[] = " :";

/* --- the list --- */

struct entry {
    const char *text;
    size_t length;
};

/* Cuts the next entry off a list. */
static bool next_entry(const char **list, struct entry *entry)
{
    *list += strspn(*list, separators);
    *entry = (struct entry){*list, strcspn(*list, separators)};
    *list += entry->length;
    return entry->length > 0;
}

static bool has_file_name(const struct entry *entry, const char *name)
{
    const char *slash = memrchr(entry->text, '/', entry->length);
    const char *start = slash ? slash + 1 : entry->text;
    size_t length = entry->text + entry->length - start;
    return length == strlen(name) && !memcmp(start, name, length);
}

static void append(char *list, const char *text, size_t length)
{
    if (*list)
        strcat(list, ":");
    strncat(list, text, length);
}

/* The user's own entry for the runtime, which may be a path, or the runtime's bare name. */
static struct entry find_runtime(const char *old, const char *runtime)
{
    struct entry entry;
    while (next_entry(&old, &entry))
        if (has_file_name(&entry, runtime))
            return entry;
    return (struct entry){runtime, strlen(runtime)};
}

char *preload_list(const char *old, const char *runtime, const char *library)
{
    old = old ? old : "";
    char *list = memory_alloc(strlen(old) + strlen(runtime) + strlen(library) + 3, 1);
    struct entry entry;
    if (*runtime) {
        entry = find_runtime(old, runtime);
        append(list, entry.text, entry.length);
    }
    append(list, library, strlen(library));
    while (next_entry(&old, &entry))
        if (!has_file_name(&entry, basename(library)) &&
            !(*runtime && has_file_name(&entry, runtime)))
            append(list, entry.text, entry.length);
    return list;
}

/* --- names --- */

static void add_name(struct preload_names *names, const char *text, size_t length)
{
    names->items = memory_grow(names->items, names->count, &names->capacity, sizeof *names->items);
    names->items[names->count++] = memory_copy_bytes(text, length);
}

void preload_names_add(struct preload_names *names, const char *list)
{
    struct entry entry;
    while (list && next_entry(&list, &entry))
        add_name(names, entry.text, entry.length);
}

/* Blanks, colons and line ends separate; the rest of a line behind a '#' is a comment. */
void preload_names_add_system(struct preload_names *names)
{
    char *line = NULL;
    size_t capacity = 0;
    FILE *file = fopen("/etc/ld.so.preload", "re");
    if (!file)
        return;
    while (getline(&line, &capacity, file) >= 0) {
        line[strcspn(line, "#\n")] = '\0';
        for (char *blank = line; (blank = strpbrk(blank, "\t\r")); blank++)
            *blank = ' ';
        preload_names_add(names, line);
    }
    free(line);
    fclose(file);
}

bool preload_names_have(const struct preload_names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (!strcmp(names->items[i], name))
            return true;
    return false;
}

void preload_names_finish(struct preload_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->items[i]);
    free(names->items);
    *names = (struct preload_names){0};
}

/* --- the library --- */

/* Relative to the directory of the executable, but for the last. The first is the build folder, the
 * others are installations, which may have been moved as a whole. */
static const char *const places[] = {
    "libgreq.so",          GREQ_LIBDIR_FROM_BINDIR "/libgreq.so",  "../lib/libgreq.so",
    "../lib64/libgreq.so", "../lib/" GREQ_MULTIARCH "/libgreq.so", GREQ_LIBDIR "/libgreq.so",
};

static int executable_directory(char path[PATH_MAX], struct error *error)
{
    ssize_t size = readlink("/proc/self/exe", path, PATH_MAX - 1);
    if (size <= 0)
        return error_set(error, "cannot read /proc/self/exe, so libgreq.so cannot be found");
    path[size] = '\0';
    *strrchr(path, '/') = '\0';
    return 0;
}

static bool is_library(char path[PATH_MAX], const char *directory, const char *place)
{
    char candidate[2 * PATH_MAX];
    snprintf(candidate, sizeof candidate, "%s/%s", *place == '/' ? "" : directory, place);
    return realpath(candidate, path) && access(path, R_OK) == 0;
}

int preload_find_library(char path[PATH_MAX], struct error *error)
{
    char directory[PATH_MAX];
    if (executable_directory(directory, error))
        return -1;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (!is_library(path, directory, places[i]))
            continue;
        if (strpbrk(path, separators))
            return error_set(
                error, "%s: LD_PRELOAD cannot hold a path with a blank or a colon: move it", path);
        return 0;
    }
    return error_set(error, "libgreq.so is neither next to greq (%s) nor in %s: install it",
                     directory, GREQ_LIBDIR);
}
