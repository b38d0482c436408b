/*
 * remote_greenlets.c: greenlets are objects that the garbage collector has in its lists, so they
 * are found there, by the name of their type or of one that it is derived from. A suspended one
 * owns a Python frame; its own memory, which versions of greenlet lay out differently, is searched
 * for that. So what is printed is Python's frames, whatever else is wrong, and one that runs or has
 * not begun has none.
 *
 * The process goes on meanwhile: a list that changes under the reader may end early, or lead
 * anywhere. All loops are bounded.
 */
#include "launch/remote_greenlets.h"

#include "base/map.h"
#include "base/memory.h"
#include "launch/remote_memory.h"
#include "launch/remote_python.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OBJECTS_MAX = 1 << 20, GREENLETS_MAX = 10000, BASES_MAX = 16, WORDS_MAX = 20 };

/* Where things are in the structs of CPython 3.11, and of greenlet since 2.0, in bytes. */
enum {
    INTERPRETER_GENERATIONS = 672,
    GENERATION_SIZE = 24,
    GENERATIONS = 3,
    TYPE_NAME = 24,
    TYPE_BASE = 256,
    OBJECT_TYPE = 8,
    FRAME_OBJECT_FRAME = 24,
    GREENLET_OWN = 32,
};

/* An object with what the collector has before it. */
struct tracked {
    uint64_t next, previous;
    uint64_t references, type;
};

struct reading {
    pid_t process;
    uint64_t generations; /* where the lists' heads are */
    struct map types;
    size_t looked;   /* at objects */
    size_t capacity; /* of the stacks */
};

/* --- types --- */

static bool is_named(pid_t process, uint64_t type, const char *name)
{
    char found[32];
    size_t size = strlen(name) + 1;
    return remote_memory_read(process, remote_memory_word(process, type + TYPE_NAME), found,
                              size) &&
           !memcmp(found, name, size);
}

static bool is_derived(pid_t process, uint64_t type)
{
    for (int i = 0; type && i < BASES_MAX; i++) {
        if (is_named(process, type, "greenlet.greenlet"))
            return true;
        type = remote_memory_word(process, type + TYPE_BASE);
    }
    return false;
}

/* Objects are many and types are few. */
static bool is_greenlet(struct map *types, pid_t process, uint64_t type)
{
    static char yes, no;
    char *known = map_get(types, type);
    if (!known) {
        known = is_derived(process, type) ? &yes : &no;
        map_put(types, type, known);
    }
    return known == &yes;
}

/* --- a greenlet --- */

/* The frame that it is suspended in, or 0. */
static uint64_t find_frame(pid_t process, uint64_t greenlet)
{
    uint64_t words[WORDS_MAX];
    if (!remote_memory_read(process, remote_memory_word(process, greenlet + GREENLET_OWN), words,
                            sizeof words))
        return 0;
    for (size_t i = 0; i < WORDS_MAX; i++) {
        uint64_t type =
            words[i] % 8 || !words[i] ? 0 : remote_memory_word(process, words[i] + OBJECT_TYPE);
        if (type && is_named(process, type, "frame"))
            return remote_memory_word(process, words[i] + FRAME_OBJECT_FRAME);
    }
    return 0;
}

/* Those in which libgreq.so runs tasks are no part of the program while they run none. */
static bool is_ours(const char *lines)
{
    static const char file[] = "<libgreq>:";
    for (; *lines; lines += strcspn(lines, "\n"), lines += *lines == '\n')
        if (strncmp(lines, file, sizeof file - 1) != 0)
            return false;
    return true;
}

static void add(struct remote_greenlets *greenlets, struct reading *reading, uint64_t greenlet)
{
    uint64_t frame = find_frame(reading->process, greenlet);
    char *lines = frame ? remote_python_frames(reading->process, frame) : NULL;
    if (!lines || is_ours(lines)) { /* or has none */
        free(lines);
        return;
    }
    greenlets->is_cut = greenlets->count == GREENLETS_MAX;
    if (greenlets->is_cut) {
        free(lines);
        return;
    }
    greenlets->stacks = memory_grow(greenlets->stacks, greenlets->count, &reading->capacity,
                                    sizeof *greenlets->stacks);
    greenlets->stacks[greenlets->count++] = lines;
}

/* --- all objects --- */

/* All of a program's objects are too many to be looked at where no module makes greenlets. */
static bool has_module(pid_t process)
{
    char path[64], *line = NULL;
    size_t size = 0;
    bool is_there = false;
    snprintf(path, sizeof path, "/proc/%d/maps", (int)process);
    FILE *maps = fopen(path, "re");
    while (maps && !is_there && getline(&line, &size, maps) >= 0) {
        const char *slash = strrchr(line, '/');
        is_there = slash && strstr(slash, "greenlet");
    }
    if (maps)
        fclose(maps);
    free(line);
    return is_there;
}

/* The collector marks objects in the last bits of their links. */
static uint64_t link_of(uint64_t word)
{
    return word & ~UINT64_C(3);
}

/* A list has changed if it does not lead back, or comes to the head of another one. */
static bool is_changed(const struct tracked *object, uint64_t at, uint64_t before,
                       uint64_t generations)
{
    return link_of(object->previous) != before ||
           (at >= generations && at < generations + (GENERATIONS + 2) * GENERATION_SIZE);
}

/* The objects of a list from its head on. */
static void read_list(struct remote_greenlets *greenlets, struct reading *reading, uint64_t list)
{
    struct tracked object;
    uint64_t before = list, at = link_of(remote_memory_word(reading->process, list));
    for (; at && at != list && !greenlets->is_cut; reading->looked++) {
        if (reading->looked == OBJECTS_MAX ||
            !remote_memory_read(reading->process, at, &object, sizeof object) ||
            is_changed(&object, at, before, reading->generations)) {
            greenlets->is_cut = true;
            return;
        }
        if (object.type && is_greenlet(&reading->types, reading->process, object.type))
            add(greenlets, reading, at + offsetof(struct tracked, references));
        before = at;
        at = link_of(object.next);
    }
}

void remote_greenlets_read(struct remote_greenlets *greenlets, pid_t process)
{
    uint64_t interpreter = has_module(process) ? remote_python_interpreter(process) : 0;
    struct reading reading = {.process = process,
                              .generations = interpreter + INTERPRETER_GENERATIONS};
    *greenlets = (struct remote_greenlets){0};
    for (int i = 0; interpreter && i < GENERATIONS; i++)
        read_list(greenlets, &reading, reading.generations + (uint64_t)i * GENERATION_SIZE);
    map_clear(&reading.types);
}

void remote_greenlets_free(struct remote_greenlets *greenlets)
{
    for (size_t i = 0; i < greenlets->count; i++)
        free(greenlets->stacks[i]);
    free(greenlets->stacks);
}
