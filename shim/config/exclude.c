#include "config/exclude.h"

#include "sys/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <string.h>
#include <sys/auxv.h>

static const char separators[] = ", \t\n";

static bool matches(const char *pattern, const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL;
    if (!path || !*path)
        return false;
    return fnmatch(pattern, strchr(pattern, '/') || !slash ? path : slash + 1, 0) == 0;
}

/* Words that are longer than any path match none. */
static bool matches_word(const char *word, size_t length, const char *program)
{
    char pattern[PATH_MAX];
    if (length >= sizeof pattern)
        return false;
    memcpy(pattern, word, length);
    pattern[length] = '\0';
    return matches(pattern, program) || matches(pattern, (const char *)getauxval(AT_EXECFN)) ||
           matches(pattern, program_invocation_name);
}

bool exclude_names_program(const char *list)
{
    char program[PATH_MAX] = "";
    long length = KERNEL(readlinkat, AT_FDCWD, "/proc/self/exe", program, sizeof program - 1);
    program[length > 0 ? length : 0] = '\0';
    for (const char *word = list; *(word += strspn(word, separators));
         word += strcspn(word, separators))
        if (matches_word(word, strcspn(word, separators), program))
            return true;
    return false;
}
