#include "symbol/installed.h"

#include <stddef.h>
#include <string.h>

static bool begins_with(const char *text, const char *prefix)
{
    return !strncmp(text, prefix, strlen(prefix));
}

static bool is_in_package(const char *path)
{
    return strstr(path, "/site-packages/") || strstr(path, "/dist-packages/") ||
           strstr(path, "/lib/python3");
}

/* Rust links the libraries of a program into it. */
static bool is_crate(const char *path)
{
    return begins_with(path, "/rustc/") || strstr(path, "cargo/registry/") ||
           strstr(path, "cargo/git/");
}

bool installed_is_code(const char *module_path, const char *folder, const char *source)
{
    static const char *const roots[] = {"/usr/", "/lib/", "/lib64/", "/bin/", "/sbin/"};
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
        if (begins_with(module_path, roots[i]))
            return true;
    return !*module_path || is_in_package(module_path) || begins_with(source, "/usr/") ||
           is_crate(*source == '/' ? source : folder);
}

bool installed_is_python(const char *file)
{
    return *file == '<' || is_in_package(file);
}
