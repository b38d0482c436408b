#include "check/source_path.h"

#include "base/memory.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *without_here(const char *file)
{
    while (!strncmp(file, "./", 2))
        file += 2 + strspn(file + 2, "/");
    return file;
}

const char *source_path(const char *file, const char *root)
{
    size_t length = strlen(root);
    if (!strncmp(file, root, length) && file[length] == '/')
        return without_here(file + length + strspn(file + length, "/"));
    return without_here(file);
}

/* What RFC 3986 allows in a path as it is. A colon is left out: before the first slash it would end
 * a scheme. */
static int is_plain(unsigned char c)
{
    return c < 0x80 && (isalnum(c) || strchr("-._~/!$&'()*+,;=@", c));
}

char *source_uri(const char *file, const char *root)
{
    const char *path = source_path(file, root);
    const char *scheme = *path == '/' ? "file://" : "";
    char *uri = memory_alloc(strlen(scheme) + 3 * strlen(path) + 1, 1);
    char *to = stpcpy(uri, scheme);
    for (; *path; path++)
        if (is_plain(*path))
            *to++ = *path;
        else
            to += sprintf(to, "%%%02X", (unsigned char)*path);
    return uri;
}

char *source_root(void)
{
    static const char *const variables[] = {"GITHUB_WORKSPACE", "CI_PROJECT_DIR"};
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        const char *value = getenv(variables[i]);
        char *root = value && *value ? realpath(value, NULL) : NULL;
        if (root)
            return root;
    }
    char *here = realpath(".", NULL);
    return here ? here : memory_copy("");
}
