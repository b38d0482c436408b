/*
 * process.c: a running process, examined by what /proc tells its owner: its files, its environment
 * and what it has mapped. The order of its modules is worked out as the loader does it; the
 * loader's own list is in the memory of the process, which is nobody's business.
 */
#include "doctor/diagnosis.h"

#include "base/memory.h"
#include "doctor/judge.h"
#include "launch/obstacle.h"
#include "launch/preload.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file that is mapped to be executed. */
struct mapped {
    char *path;     /* as the process sees it */
    char range[64]; /* the first mapping, as in /proc/PID/map_files */
    bool deleted;
    bool taken; /* is in the diagnosis */
    struct object object;
};

struct process {
    pid_t pid;
    char exe[PATH_MAX];
    struct mapped *files;
    size_t count, capacity;
    char *preloads; /* what its user preloads, or NULL */
};

static const char deleted[] = " (deleted)";

/* --- /proc --- */

static FILE *open_file(const struct process *process, const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)process->pid, name);
    return fopen(path, "re");
}

static bool cut_deleted(char *path)
{
    size_t length = strlen(path), cut = strlen(deleted);
    if (length <= cut || strcmp(path + length - cut, deleted))
        return false;
    path[length - cut] = '\0';
    return true;
}

/* Returns 0; or -1 with `error` set when there is no process that can be looked at. */
static int read_exe(struct process *process, struct error *error)
{
    char path[64];
    int pid = process->pid;
    snprintf(path, sizeof path, "/proc/%d", pid);
    if (access(path, F_OK))
        return error_set(error, "%d: no such process (a program of that name is ./%d)", pid, pid);
    snprintf(path, sizeof path, "/proc/%d/exe", pid);
    ssize_t size = readlink(path, process->exe, sizeof process->exe - 1);
    if (size < 0 && errno == ENOENT)
        return error_set(error, "%d: has no program: it is the kernel's own, or has ended", pid);
    if (size < 0)
        return error_set(error, "%d: cannot look at this process: %s: ask as its owner or as root",
                         pid, strerror(errno));
    process->exe[size] = '\0';
    cut_deleted(process->exe);
    return 0;
}

static struct mapped *find_mapped(struct process *process, const char *path)
{
    for (size_t i = 0; i < process->count; i++)
        if (!strcmp(process->files[i].path, path))
            return &process->files[i];
    return NULL;
}

/* Memory that has a name, and devices, are no modules. */
static bool is_file(const char *path)
{
    static const char *const others[] = {"/memfd:", "/dev/", "/SYSV", "/anon_hugepage", "/[aio]"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (!strncmp(path, others[i], strlen(others[i])))
            return false;
    return *path == '/';
}

/* "7f12-7f34 r-xp 00001000 fe:01 1234    /usr/lib/libfoo.so" */
static void read_mapping(struct process *process, char *line)
{
    char range[64], rights[8];
    int path_at = 0;
    line[strcspn(line, "\n")] = '\0';
    if (sscanf(line, "%63s %7s %*s %*s %*s %n", range, rights, &path_at) < 2 ||
        !strchr(rights, 'x') || !is_file(line + path_at))
        return;
    char *path = line + path_at;
    bool is_deleted = cut_deleted(path);
    if (find_mapped(process, path))
        return;
    process->files =
        memory_grow(process->files, process->count, &process->capacity, sizeof *process->files);
    struct mapped *file = &process->files[process->count++];
    *file = (struct mapped){.path = memory_copy(path), .deleted = is_deleted};
    memcpy(file->range, range, sizeof range);
}

static int read_maps(struct process *process, struct error *error)
{
    char *line = NULL;
    size_t capacity = 0;
    FILE *maps = open_file(process, "maps");
    if (!maps)
        return error_set(error, "%d: cannot look at this process: %s: ask as its owner or as root",
                         (int)process->pid, strerror(errno));
    while (getline(&line, &capacity, maps) >= 0)
        read_mapping(process, line);
    free(line);
    fclose(maps);
    return 0;
}

/* As it was when the program started. */
static void read_environment(struct process *process, struct diagnosis *diagnosis)
{
    static const char preloads[] = PRELOAD_VARIABLE "=";
    char *entry = NULL;
    size_t capacity = 0;
    FILE *environment = open_file(process, "environ");
    if (!environment)
        return;
    while (getdelim(&entry, &capacity, '\0', environment) >= 0) {
        diagnosis_add_variable(diagnosis, entry);
        if (!strncmp(entry, preloads, strlen(preloads)) && !process->preloads)
            process->preloads = memory_copy(entry + strlen(preloads));
    }
    free(entry);
    fclose(environment);
}

/* --- its modules --- */

/* Where a mapped file can be read: the process may have another root, and the name another file.
 * What /proc has of the latter is for root, but for the program. */
static void place_of(const struct process *process, const struct mapped *file,
                     char place[PATH_MAX + 64])
{
    if (!strcmp(file->path, process->exe))
        snprintf(place, PATH_MAX + 64, "/proc/%d/exe", (int)process->pid);
    else if (file->deleted)
        snprintf(place, PATH_MAX + 64, "/proc/%d/map_files/%s", (int)process->pid, file->range);
    else
        snprintf(place, PATH_MAX + 64, "/proc/%d/root%s", (int)process->pid, file->path);
}

static void read_modules(struct process *process, const struct catalogue *catalogue)
{
    char place[PATH_MAX + 64];
    for (size_t i = 0; i < process->count; i++) {
        struct mapped *file = &process->files[i];
        place_of(process, file, place);
        object_make(&file->object, catalogue, NULL, file->path, place);
    }
}

static void take(struct diagnosis *diagnosis, struct mapped *file, enum object_role role)
{
    if (file->taken)
        return;
    file->taken = true;
    file->object.role = role;
    *diagnosis_add_object(diagnosis) = file->object;
}

static void take_by_name(struct diagnosis *diagnosis, struct process *process, const char *name,
                         enum object_role role)
{
    const char *file_name = basename(name);
    for (size_t i = 0; i < process->count; i++) {
        struct mapped *file = &process->files[i];
        if (!strcmp(file->object.name, file_name) ||
            !strcmp(strrchr(file->path, '/') + 1, file_name)) {
            take(diagnosis, file, role);
            return;
        }
    }
}

static void take_preloads(struct diagnosis *diagnosis, struct process *process)
{
    struct preload_names user = {0}, system = {0};
    preload_names_add(&user, process->preloads);
    preload_names_add_system(&system);
    for (size_t i = 0; i < user.count; i++)
        take_by_name(diagnosis, process, user.items[i], OBJECT_PRELOADED);
    for (size_t i = 0; i < system.count; i++)
        take_by_name(diagnosis, process, system.items[i], OBJECT_SYSTEM_PRELOADED);
    preload_names_finish(&user);
    preload_names_finish(&system);
}

/* Breadth first, as the loader: the list grows while it is gone through. */
static void take_needed(struct diagnosis *diagnosis, struct process *process)
{
    for (size_t i = 0; i < diagnosis->object_count; i++)
        for (size_t j = 0; j < diagnosis->objects[i].needed_count; j++)
            take_by_name(diagnosis, process, diagnosis->objects[i].needed[j], OBJECT_NEEDED);
}

static void order_modules(struct diagnosis *diagnosis, struct process *process)
{
    struct mapped *program = find_mapped(process, process->exe);
    if (program)
        take(diagnosis, program, OBJECT_PROGRAM);
    take_preloads(diagnosis, process);
    take_needed(diagnosis, process);
    for (size_t i = 0; i < process->count; i++)
        take(diagnosis, &process->files[i], OBJECT_OPENED);
}

/* --- libgreq.so in it --- */

static bool is_same_file(const char *one, const char *other)
{
    struct stat first, second;
    return !stat(one, &first) && !stat(other, &second) && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

static void note_library(struct diagnosis *diagnosis, struct process *process,
                         const struct object *loaded)
{
    char place[PATH_MAX + 64];
    const struct mapped *file = find_mapped(process, loaded->path);
    place_of(process, file, place);
    diagnosis->library.loaded = true;
    diagnosis->library.is_other = !is_same_file(place, diagnosis->library.path);
    snprintf(diagnosis->library.path, PATH_MAX, "%s", loaded->path);
    diagnosis_read_library(diagnosis, place);
    if (file->deleted)
        diagnosis_add(diagnosis, FINDING_NOTE, "replaced_library",
                      "%s was replaced or removed since the process started", loaded->path);
}

/* Why it is not there. */
static void note_absence(struct diagnosis *diagnosis, const struct process *process,
                         enum obstacle obstacle)
{
    if (obstacle)
        diagnosis_add(diagnosis, FINDING_OBSTACLE, obstacle_word(obstacle), "%s",
                      obstacle_text(obstacle));
    else if (process->preloads && strstr(process->preloads, "libgreq.so"))
        diagnosis_add(diagnosis, FINDING_OBSTACLE, "refused",
                      "started with " PRELOAD_VARIABLE
                      "=%s, but the loader did not take it: is the "
                      "path right?",
                      process->preloads);
    else
        diagnosis_add(diagnosis, FINDING_OBSTACLE, "not_loaded",
                      "runs without libgreq.so, and nothing can be preloaded into a process that "
                      "runs: start it anew by greq run or greq trace");
}

static void judge_presence(struct diagnosis *diagnosis, struct process *process)
{
    struct error error;
    struct elf_facts library;
    char exe[64];
    const struct object *loaded = diagnosis_greq(diagnosis);
    if (preload_find_library(diagnosis->library.path, &error))
        *diagnosis->library.path = '\0';
    diagnosis_test_library(diagnosis, FINDING_NOTE);
    if (loaded) {
        note_library(diagnosis, process, loaded);
        return;
    }
    diagnosis_read_library(diagnosis, diagnosis->library.path);
    snprintf(exe, sizeof exe, "/proc/%d/exe", (int)process->pid);
    elf_facts_read(&library, *diagnosis->library.path ? diagnosis->library.path : "/proc/self/exe");
    elf_facts_read(&diagnosis->target.facts, exe);
    note_absence(diagnosis, process, obstacle_find(exe, &library, &diagnosis->target.facts));
}

static void process_finish(struct process *process)
{
    for (size_t i = 0; i < process->count; i++) {
        if (!process->files[i].taken)
            object_finish(&process->files[i].object);
        free(process->files[i].path);
    }
    free(process->files);
    free(process->preloads);
}

int diagnosis_of_process(struct diagnosis *diagnosis, pid_t pid, struct error *error)
{
    struct process process = {.pid = pid};
    diagnosis->pid = pid;
    catalogue_make(&diagnosis->catalogue);
    int result = read_exe(&process, error);
    if (!result)
        result = read_maps(&process, error);
    if (!result) {
        snprintf(diagnosis->target.steps[0], PATH_MAX, "%s", process.exe);
        diagnosis->target.step_count = 1;
        read_environment(&process, diagnosis);
        read_modules(&process, &diagnosis->catalogue);
        order_modules(diagnosis, &process);
        judge_presence(diagnosis, &process);
        judge(diagnosis);
    }
    process_finish(&process);
    return result;
}
