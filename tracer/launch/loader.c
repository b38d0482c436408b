#include "launch/loader.h"

#include "base/memory.h"
#include "launch/capture.h"
#include "launch/elf_facts.h"
#include "launch/environment.h"
#include "launch/preload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/* --- what it says --- */

static void add_module(struct loader_list *list, const char *name, size_t name_length,
                       const char *path, size_t path_length)
{
    list->modules = memory_grow(list->modules, list->count, &list->capacity, sizeof *list->modules);
    list->modules[list->count++] = (struct loader_module){
        .name = memory_copy_bytes(name, name_length),
        .path = path ? memory_copy_bytes(path, path_length) : NULL,
    };
}

/* "\tNAME => PATH (0x7f...)", "\tNAME => not found" or "\tPATH (0x7f...)". A module of the kernel's
 * own, which has no slash in its path, is left out. */
static void read_module(struct loader_list *list, char *line)
{
    char *address = strstr(line, " (0x");
    char *arrow = strstr(line, " => ");
    char *path = arrow ? arrow + strlen(" => ") : line;
    size_t name_length = arrow ? (size_t)(arrow - line) : strlen(line);
    if (!address && arrow)
        add_module(list, line, name_length, NULL, 0);
    else if (address && *path == '/')
        add_module(list, line, arrow ? name_length : (size_t)(address - line), path,
                   address - path);
}

static void read_modules(struct loader_list *list, char *text)
{
    char *rest = text;
    for (char *line; (line = strsep(&rest, "\n"));)
        if (*line == '\t')
            read_module(list, line + 1);
}

/* The first line on its standard error. */
static char *read_complaint(const struct capture *capture)
{
    if (*capture->err)
        return memory_copy_bytes(capture->err, strcspn(capture->err, "\n"));
    if (capture->timed_out)
        return memory_copy("the loader timed out");
    if (WIFSIGNALED(capture->status))
        return memory_copy("the loader cannot map it: is the file damaged?");
    return memory_copy("");
}

/* --- asking it --- */

/* The loader that greq itself was started by. */
static int find_loader(char loader[PATH_MAX], struct error *error)
{
    struct elf_facts own;
    elf_facts_read(&own, "/proc/self/exe");
    if (!own.is_elf || !*own.loader || !realpath(own.loader, loader))
        return error_set(error, "greq itself has no loader that could be asked");
    return 0;
}

static int ask(struct capture *capture, char *loader, const char *program, const char *preloads,
               struct error *error)
{
    struct environment environment;
    char *argv[] = {loader, (char *)program, NULL};
    environment_copy(&environment, NULL);
    environment_add(&environment, "LD_TRACE_LOADED_OBJECTS", "1");
    environment_add(&environment, PRELOAD_VARIABLE, preloads);
    int result = capture_run(capture, argv, environment.entries, error);
    environment_finish(&environment);
    return result;
}

int loader_list_make(struct loader_list *list, const char *program, const char *preloads,
                     struct error *error)
{
    struct capture capture;
    *list = (struct loader_list){0};
    if (find_loader(list->loader, error) || ask(&capture, list->loader, program, preloads, error))
        return -1;
    list->complaint = read_complaint(&capture);
    read_modules(list, capture.out);
    capture_finish(&capture);
    return 0;
}

void loader_list_finish(struct loader_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->modules[i].name);
        free(list->modules[i].path);
    }
    free(list->modules);
    free(list->complaint);
    *list = (struct loader_list){0};
}
