#include "launch/probe.h"

#include "launch/elf_facts.h"
#include "launch/environment.h"
#include "launch/preload.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

enum { ARGUMENTS_MAX = 8 };

static void set_environment(struct environment *environment, const char *library,
                            const char *directory)
{
    struct elf_facts facts, library_facts;
    elf_facts_read(&facts, "/proc/self/exe");
    elf_facts_read(&library_facts, library);
    char *preloads = preload_list(getenv(PRELOAD_VARIABLE),
                                  *facts.runtime ? facts.runtime : library_facts.runtime, library);
    environment_copy(environment, "GREQ_");
    environment_add(environment, PRELOAD_VARIABLE, preloads);
    environment_add(environment, "GREQ_TRACE", directory);
    environment_add(environment, "GREQ_PATCH", "none");
    environment_add(environment, "GREQ_QUIET", "1");
    free(preloads);
}

int probe_run(struct capture *capture, const char *library, const char *directory,
              const char *const arguments[], struct error *error)
{
    char greq[PATH_MAX];
    char *argv[ARGUMENTS_MAX + 2] = {greq};
    struct environment environment;
    ssize_t size = readlink("/proc/self/exe", greq, sizeof greq - 1);
    if (size < 0)
        return error_set(error, "cannot read /proc/self/exe, so greq cannot be run again");
    greq[size] = '\0';
    for (size_t i = 0; arguments[i] && i < ARGUMENTS_MAX; i++)
        argv[i + 1] = (char *)arguments[i];
    set_environment(&environment, library, directory);
    int result = capture_run(capture, argv, environment.entries, error);
    environment_finish(&environment);
    return result;
}
