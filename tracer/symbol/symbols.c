#include "symbol/symbols.h"

#include "base/map.h"
#include "base/memory.h"
#include "symbol/demangle.h"
#include "symbol/elf_file.h"
#include "symbol/frame_store.h"
#include "symbol/installed.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* One module, opened when it is first asked for. */
struct module_symbols {
    char *path;
    const char *name; /* the end of the path */
    bool opened;
    bool changed; /* after it was in use */
    struct elf_file file;
    struct map frames; /* struct frames by address */
};

struct symbols {
    struct symbol_paths paths;
    struct module_symbols **modules;
    size_t count;
    size_t capacity;
    struct frame_store store;
    struct map made; /* struct frames by their one frame */
};

struct symbols *symbols_create(const struct symbol_paths *paths)
{
    struct symbols *symbols = memory_alloc(1, sizeof *symbols);
    if (paths)
        symbols->paths = *paths;
    return symbols;
}

static void frames_destroy(struct map *all)
{
    size_t position = 0;
    for (struct frames *frames; (frames = map_next(all, &position));) {
        free(frames->items);
        free(frames);
    }
    map_clear(all);
}

static void module_destroy(struct module_symbols *module)
{
    frames_destroy(&module->frames);
    elf_file_close(&module->file);
    free(module->path);
    free(module);
}

void symbols_destroy(struct symbols *symbols)
{
    for (size_t i = 0; i < symbols->count; i++)
        module_destroy(symbols->modules[i]);
    free(symbols->modules);
    frames_destroy(&symbols->made);
    frame_store_finish(&symbols->store);
    free(symbols);
}

static struct module_symbols *module_create(const char *path)
{
    struct module_symbols *module = memory_alloc(1, sizeof *module);
    module->path = memory_copy(path);
    module->name = basename(module->path);
    return module;
}

/* A program has some tens of modules, and each address is asked for once: a list will do. */
static struct module_symbols *find_module(struct symbols *symbols, const char *path)
{
    for (size_t i = 0; i < symbols->count; i++)
        if (!strcmp(symbols->modules[i]->path, path))
            return symbols->modules[i];
    symbols->modules =
        memory_grow(symbols->modules, symbols->count, &symbols->capacity, sizeof *symbols->modules);
    return symbols->modules[symbols->count++] = module_create(path);
}

/* Where a file of the process is here. The caller frees it. */
static char *path_here(const struct symbols *symbols, const char *path)
{
    char *here;
    const char *sysroot = symbols->paths.sysroot;
    if (asprintf(&here, "%s%s", sysroot ? sysroot : "", path) < 0)
        abort();
    return here;
}

/* Whether the path, which came out of a trace and may be anything, names a file at all. */
static bool is_file(const char *path, struct stat *status)
{
    return !stat(path, status) && S_ISREG(status->st_mode);
}

/* A file that was written after it had been in use has other lines at these addresses. */
static void open_module(const struct symbols *symbols, struct module_symbols *module,
                        uint64_t used_at)
{
    struct stat status;
    if (module->opened)
        return;
    module->opened = true;
    char *here = path_here(symbols, module->path);
    if (*module->path == '/' && is_file(here, &status)) {
        module->changed = used_at && (uint64_t)status.st_mtime > used_at;
        if (!module->changed)
            elf_file_open(&module->file, here, symbols->paths.debug_path);
    }
    free(here);
}

static const struct frame *unknown_frame(struct symbols *symbols,
                                         const struct module_symbols *module, uint64_t address)
{
    char text[512];
    if (*module->name)
        snprintf(text, sizeof text, "%.400s+%#" PRIx64, module->name, address);
    else
        snprintf(text, sizeof text, "%#" PRIx64, address);
    return frame_store_get(&symbols->store,
                           &(struct frame){
                               .function = text,
                               .file = "",
                               .module = module->name,
                               .is_installed = installed_is_code(module->path, "", ""),
                           });
}

static const struct frame *known_frame(struct symbols *symbols, const struct module_symbols *module,
                                       const struct place *place)
{
    const char *file = place->file ? place->file : "";
    const char *folder = place->folder ? place->folder : "";
    char *readable = demangle(place->function);
    const struct frame *frame = frame_store_get(
        &symbols->store, &(struct frame){
                             .function = readable ? readable : place->function,
                             .file = file,
                             .line = place->line > 0 ? place->line : 0,
                             .module = module->name,
                             .is_installed = installed_is_code(module->path, folder, file),
                         });
    free(readable);
    return frame;
}

static struct frames *look_up(struct symbols *symbols, struct module_symbols *module,
                              uint64_t address)
{
    struct place places[PLACES_MAX];
    size_t count = elf_file_places(&module->file, address, places);
    struct frames *frames = memory_alloc(1, sizeof *frames);
    frames->count = count ? count : 1;
    frames->items = memory_alloc(frames->count, sizeof *frames->items);
    for (size_t i = 0; i < frames->count; i++)
        frames->items[i] = i < count && places[i].function
                               ? known_frame(symbols, module, &places[i])
                               : unknown_frame(symbols, module, address);
    return frames;
}

const struct frames *symbols_find(struct symbols *symbols, const char *path, uint64_t address,
                                  uint64_t used_at)
{
    struct module_symbols *module = find_module(symbols, path ? path : "");
    open_module(symbols, module, used_at);
    struct frames *frames = map_get(&module->frames, address);
    if (!frames) {
        frames = look_up(symbols, module, address);
        map_put(&module->frames, address, frames);
    }
    return frames;
}

struct perf_map *symbols_open_map(const struct symbols *symbols, const char *path,
                                  const struct perf_map_terms *terms)
{
    char *here = path_here(symbols, path);
    struct perf_map *map = perf_map_open(here, terms);
    free(here);
    return map;
}

const struct frames *symbols_made(struct symbols *symbols, const char *name)
{
    const struct frame *frame = frame_store_get(
        &symbols->store,
        &(struct frame){
            .function = name, .file = "", .module = "", .is_installed = installed_is_made(name)});
    struct frames *frames = map_get(&symbols->made, (uintptr_t)frame);
    if (!frames) {
        frames = memory_alloc(1, sizeof *frames);
        frames->count = 1;
        frames->items = memory_alloc(1, sizeof *frames->items);
        frames->items[0] = frame;
        map_put(&symbols->made, (uintptr_t)frame, frames);
    }
    return frames;
}

const struct frame *symbols_python(struct symbols *symbols, const char *function, const char *file,
                                   unsigned line)
{
    return frame_store_get(&symbols->store, &(struct frame){
                                                .function = function,
                                                .file = file,
                                                .line = line,
                                                .module = "python",
                                                .is_installed = installed_is_python(file),
                                            });
}

const struct frame *symbols_function(struct symbols *symbols, const char *path,
                                     const char *function)
{
    const struct module_symbols *module = find_module(symbols, path);
    return frame_store_get(&symbols->store, &(struct frame){
                                                .function = function,
                                                .file = "",
                                                .module = module->name,
                                                .is_installed = installed_is_code(path, "", ""),
                                            });
}

bool symbols_is_nameless(const struct frame *frame)
{
    size_t length = strlen(frame->module);
    return length
               ? !strncmp(frame->function, frame->module, length) && frame->function[length] == '+'
               : !strncmp(frame->function, "0x", 2);
}

bool symbols_says_more(const struct frame *frame, const struct frame *than)
{
    return symbols_is_nameless(than) && !symbols_is_nameless(frame) &&
           !strcmp(frame->module, than->module) && strcmp(frame->function, "_start") != 0;
}

const char *symbols_changed(const struct symbols *symbols, size_t *position)
{
    while (*position < symbols->count) {
        const struct module_symbols *module = symbols->modules[(*position)++];
        if (module->changed)
            return module->path;
    }
    return NULL;
}
