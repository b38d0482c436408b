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
#include "launch/remote_maps.h"
#include "launch/remote_memory.h"
#include "launch/remote_python.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    OBJECTS_MAX = 1 << 20,
    GREENLETS_MAX = 10000,
    BASES_MAX = 16,
    WORDS_MAX = 20,
    COPY_MAX = 16384
};

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

/* A greenlet's own memory, which is its module's alone. */
struct own {
    uint64_t words[WORDS_MAX];
};

static bool read_own(struct own *own, pid_t process, uint64_t greenlet)
{
    return remote_memory_read(process, remote_memory_word(process, greenlet + GREENLET_OWN),
                              own->words, sizeof own->words);
}

/* The frame that it is suspended in, or 0. */
static uint64_t find_frame(pid_t process, const struct own *own)
{
    for (size_t i = 0; i < WORDS_MAX; i++) {
        uint64_t word = own->words[i],
                 type = word % 8 || !word ? 0 : remote_memory_word(process, word + OBJECT_TYPE);
        if (type && is_named(process, type, "frame"))
            return remote_memory_word(process, word + FRAME_OBJECT_FRAME);
    }
    return 0;
}

/*
 * While others run on the C stack that was its own, a copy of what it had there lies on the heap:
 * in four words are the begin and the end of its stack, the copy, and the copy's size. The copy has
 * what its functions know just now, down to the objects that they wait for: it is another one each
 * time. 0: there is none.
 */
static uint64_t read_state(pid_t process, const struct own *own)
{
    char copy[COPY_MAX];
    for (size_t i = 0; i + 4 <= WORDS_MAX; i++) {
        uint64_t begin = own->words[i], end = own->words[i + 1], at = own->words[i + 2],
                 size = own->words[i + 3], hash = 1;
        if (begin % 8 || !begin || begin >= end || !size || size % 8 || size > end - begin || !at)
            continue;
        size = size < sizeof copy ? size : sizeof copy;
        if (!remote_memory_read(process, at, copy, size))
            continue;
        for (size_t j = 0; j < size; j += sizeof hash) {
            uint64_t word;
            memcpy(&word, copy + j, sizeof word);
            hash = map_mix(hash, word);
        }
        return hash ? hash : 1;
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
    struct own own;
    uint64_t frame =
        read_own(&own, reading->process, greenlet) ? find_frame(reading->process, &own) : 0;
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
    greenlets->items = memory_grow(greenlets->items, greenlets->count, &reading->capacity,
                                   sizeof *greenlets->items);
    greenlets->items[greenlets->count++] = (struct remote_greenlet){
        .object = greenlet, .lines = lines, .state = read_state(reading->process, &own)};
}

/* --- all objects --- */

static bool is_greenlet_module(const struct remote_mapping *mapping, void *unused)
{
    (void)unused;
    const char *slash = strrchr(mapping->path, '/');
    return slash && strstr(slash, "greenlet");
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
    /* All of a program's objects are too many to be looked at where no module makes greenlets. */
    bool may_be = remote_maps_find(process, is_greenlet_module, NULL) == REMOTE_MAPS_FOUND;
    uint64_t interpreter = may_be ? remote_python_interpreter(process) : 0;
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
        free(greenlets->items[i].lines);
    free(greenlets->items);
}
