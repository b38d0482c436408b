#include "model/process.h"

#include "base/memory.h"
#include "model/descriptor.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

struct process *process_create(size_t number, size_t directory, uint32_t pid, uint64_t start)
{
    struct process *process = memory_alloc(1, sizeof *process);
    process->number = number;
    process->directory = directory;
    process->pid = pid;
    process->start = start;
    return process;
}

void process_destroy(struct process *process)
{
    for (size_t i = 0; i < process->module_count; i++)
        free(process->modules[i].path);
    free(process->modules);
    free(process->host);
    free(process->program);
    free(process->command_line);
    map_clear(&process->connections);
    map_clear(&process->by_tid);
    channels_clear(&process->channels);
    descriptors_clear(process);
    kept_free(&process->kept);
    free(process);
}

static bool is_same(const struct module *module, const struct trace_module *record)
{
    return module->base == record->base && module->begin == record->begin &&
           module->end == record->end && !strcmp(module->path, record->text);
}

static bool is_known(const struct process *process, const struct trace_module *record)
{
    for (size_t i = 0; i < process->module_count; i++)
        if (process->modules[i].died == UINT_MAX && is_same(&process->modules[i], record))
            return true;
    return false;
}

/* Ends the modules whose place the new one takes. Returns the generation in which it is born: the
 * first, when it replaces nothing, for it may have been there before it was recorded. */
static unsigned make_place(struct process *process, const struct trace_module *record)
{
    unsigned next = process->generation + 1;
    bool replaces = false;
    for (size_t i = 0; i < process->module_count; i++) {
        struct module *module = &process->modules[i];
        if (module->died == UINT_MAX && module->begin < record->end &&
            record->begin < module->end) {
            module->died = next;
            replaces = true;
        }
    }
    process->generation += replaces;
    return replaces ? next : 0;
}

void process_add_module(struct process *process, const struct trace_module *record)
{
    if (is_known(process, record))
        return;
    unsigned born = make_place(process, record);
    process->modules = memory_grow(process->modules, process->module_count,
                                   &process->module_capacity, sizeof *process->modules);
    process->modules[process->module_count++] = (struct module){
        .path = memory_copy(record->text),
        .base = record->base,
        .begin = record->begin,
        .end = record->end,
        .born = born,
        .died = UINT_MAX,
    };
}

const struct module *process_module(const struct process *process, unsigned generation,
                                    uint64_t address)
{
    if (!process->module_count && process->parent)
        return process_module(process->parent, process->parent_generation, address);
    for (size_t i = 0; i < process->module_count; i++) {
        const struct module *module = &process->modules[i];
        if (module->begin <= address && address < module->end && module->born <= generation &&
            generation < module->died)
            return module;
    }
    return NULL;
}

const char *process_module_name(const struct process *process, unsigned generation,
                                uint64_t address)
{
    const struct module *module = process_module(process, generation, address);
    const char *slash = module ? strrchr(module->path, '/') : NULL;
    return slash ? slash + 1 : "";
}

/* With one of `next` behind it, or with nothing. */
static bool begins_with(const char *name, const char *prefix, const char *next)
{
    size_t length = strlen(prefix);
    return !strncmp(name, prefix, length) && strchr(next, name[length]);
}

const char *process_file_name(const struct process *process)
{
    return process->program ? basename(process->program) : "";
}

const char *process_language(const struct process *process)
{
    static const struct {
        const char *program, *language;
    } interpreters[] = {{"beam.smp", "Erlang"},   {"guile", "Scheme"}, {"java", "Java"},
                        {"lua", "Lua"},           {"luajit", "Lua"},   {"node", "JavaScript"},
                        {"nodejs", "JavaScript"}, {"perl", "Perl"},    {"php", "PHP"},
                        {"php-cgi", "PHP"},       {"php-fpm", "PHP"},  {"R", "R"},
                        {"ruby", "Ruby"},         {"tclsh", "Tcl"}};
    const char *name = process_file_name(process);
    for (size_t i = 0; i < sizeof interpreters / sizeof *interpreters; i++) {
        size_t length = strlen(interpreters[i].program);
        const char *version = name + length;
        if (!strncmp(name, interpreters[i].program, length) &&
            !version[strspn(version, "0123456789.-")])
            return interpreters[i].language;
    }
    return NULL;
}

/* Other programs, and what they load, may be called "ruby-something". */
bool module_is_ruby(const char *name)
{
    return begins_with(name, "ruby", "0123456789.") || begins_with(name, "libruby", "0123456789.-");
}

bool module_is_ruby_3_1(const char *name)
{
    const char *version = name + strcspn(name, "0123456789");
    return module_is_ruby(name) && begins_with(version, "3.1", ".");
}

bool module_is_python(const char *name)
{
    return !strncmp(name, "python3", strlen("python3")) ||
           !strncmp(name, "libpython3", strlen("libpython3"));
}

bool module_is_pypy(const char *name)
{
    return begins_with(name, "libpypy", "0123456789-.");
}
