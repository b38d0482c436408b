/*
 * program.c: a program that does not run yet, examined by its file, and by what the loader says it
 * would load.
 */
#include "doctor/diagnosis.h"

#include "doctor/judge.h"
#include "launch/loader.h"
#include "launch/obstacle.h"
#include "launch/preload.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- its modules --- */

static enum object_role role_of(const struct loader_module *object,
                                const struct preload_names *user, const struct preload_names *all)
{
    if (preload_names_have(user, object->name))
        return OBJECT_PRELOADED;
    return preload_names_have(all, object->name) ? OBJECT_SYSTEM_PRELOADED : OBJECT_NEEDED;
}

static void add_modules(struct diagnosis *diagnosis, const struct loader_list *list,
                        const char *preloads)
{
    struct preload_names user = {0}, all = {0};
    preload_names_add(&user, preloads);
    preload_names_add_system(&all);
    for (size_t i = 0; i < list->count; i++) {
        const struct loader_module *loaded = &list->modules[i];
        struct object *object = diagnosis_add_object(diagnosis);
        object_make(object, &diagnosis->catalogue, loaded->name, loaded->path, loaded->path);
        object->role = role_of(loaded, &user, &all);
        if (!loaded->path)
            diagnosis_add(diagnosis, FINDING_OBSTACLE, "missing_library",
                          "%s: not found: the program cannot start; install it, or set "
                          "LD_LIBRARY_PATH",
                          loaded->name);
    }
    preload_names_finish(&user);
    preload_names_finish(&all);
}

static void add_program(struct diagnosis *diagnosis)
{
    const char *path = target_program(&diagnosis->target);
    struct object *object = diagnosis_add_object(diagnosis);
    object_make(object, &diagnosis->catalogue, NULL, path, path);
    object->role = OBJECT_PROGRAM;
}

/* The kernel runs the loader that the program names; another one was asked. */
static void judge_loader(struct diagnosis *diagnosis, const struct loader_list *list)
{
    char real[PATH_MAX];
    const char *loader = diagnosis->target.facts.loader;
    if (!*loader)
        return;
    if (!realpath(loader, real))
        diagnosis_add(diagnosis, FINDING_OBSTACLE, "missing_loader",
                      "its loader %s: %s: the program cannot start", loader, strerror(errno));
    else if (strcmp(real, list->loader))
        diagnosis_add(diagnosis, FINDING_NOTE, "other_loader",
                      "its loader is %s, and may find other libraries than %s, which was asked",
                      loader, list->loader);
}

/* The loader only warns of a preload that it does not take; here that is what matters. */
static void judge_loading(struct diagnosis *diagnosis, const struct loader_list *list)
{
    diagnosis->library.loaded = diagnosis_greq(diagnosis) != NULL;
    if (diagnosis->library.loaded && !*list->complaint)
        return;
    diagnosis_add(diagnosis, diagnosis->library.loaded ? FINDING_NOTE : FINDING_OBSTACLE, "loader",
                  "the loader says: %s",
                  *list->complaint ? list->complaint : "nothing, and does not load libgreq.so");
}

static void list_modules(struct diagnosis *diagnosis, const struct elf_facts *library)
{
    struct loader_list list;
    struct error error;
    const char *runtime =
        *diagnosis->target.facts.runtime ? diagnosis->target.facts.runtime : library->runtime;
    char *preloads = preload_list(getenv(PRELOAD_VARIABLE), runtime, diagnosis->library.path);
    add_program(diagnosis);
    if (loader_list_make(&list, target_program(&diagnosis->target), preloads, &error)) {
        diagnosis_add(diagnosis, FINDING_OBSTACLE, "loader", "%s", error.text);
    } else {
        add_modules(diagnosis, &list, preloads);
        judge_loader(diagnosis, &list);
        judge_loading(diagnosis, &list);
        loader_list_finish(&list);
    }
    free(preloads);
}

/* --- the program --- */

/* Whether this system's loader can map it at all. */
static bool can_be_listed(enum obstacle obstacle)
{
    return obstacle == OBSTACLE_NONE || obstacle == OBSTACLE_SETUID ||
           obstacle == OBSTACLE_CAPABILITIES;
}

/* Returns 0; or -1 when there is no libgreq.so that could be preloaded. */
static int find_library(struct diagnosis *diagnosis, struct elf_facts *library)
{
    struct error error;
    if (!preload_find_library(diagnosis->library.path, &error)) {
        elf_facts_read(library, diagnosis->library.path);
        if (library->is_elf)
            return 0;
        error_set(&error, "%s: not a library", diagnosis->library.path);
    }
    *diagnosis->library.path = '\0';
    diagnosis_add(diagnosis, FINDING_OBSTACLE, "no_library", "%s", error.text);
    return -1;
}

static void examine(struct diagnosis *diagnosis)
{
    struct elf_facts library;
    if (find_library(diagnosis, &library))
        return;
    diagnosis_test_library(diagnosis, FINDING_OBSTACLE);
    diagnosis_read_library(diagnosis, diagnosis->library.path);
    enum obstacle obstacle =
        obstacle_find(target_program(&diagnosis->target), &library, &diagnosis->target.facts);
    if (obstacle)
        diagnosis_add(diagnosis, FINDING_OBSTACLE, obstacle_word(obstacle), "%s",
                      obstacle_text(obstacle));
    if (can_be_listed(obstacle))
        list_modules(diagnosis, &library);
}

int diagnosis_of_program(struct diagnosis *diagnosis, const char *name, struct error *error)
{
    char path[PATH_MAX], whole[PATH_MAX];
    catalogue_make(&diagnosis->catalogue);
    for (char **entry = environ; *entry; entry++)
        diagnosis_add_variable(diagnosis, *entry);
    int status = target_find(path, name, getenv("PATH"), error);
    if (status == LAUNCH_NOT_FOUND)
        return -1;
    if (!status)
        status = target_follow(&diagnosis->target, realpath(path, whole) ? whole : path,
                               getenv("PATH"), error);
    if (!status && !diagnosis->target.facts.is_elf)
        error_set(error, "neither a program (ELF) nor a script: if the kernel runs it by another "
                         "one (binfmt_misc), ask about that");
    if (status || !diagnosis->target.facts.is_elf)
        diagnosis_add(diagnosis, FINDING_OBSTACLE, "not_a_program", "%s", error->text);
    else
        examine(diagnosis);
    judge(diagnosis);
    return 0;
}
