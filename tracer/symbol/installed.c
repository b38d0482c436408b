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

/* "void java.lang.Thread.sleep(long)" */
static bool is_of_java(const char *name)
{
    static const char *const packages[] = {"java.", "javax.", "jdk.", "sun.", "com.sun."};
    const char *end = strchr(name, '('), *begin = end;
    while (begin && begin > name && begin[-1] != ' ')
        begin--;
    for (size_t i = 0; begin && i < sizeof packages / sizeof *packages; i++)
        if (begins_with(begin, packages[i]))
            return true;
    return false;
}

bool installed_is_made(const char *name)
{
    static const char *const own[] = {".", "::", "["}; /* in paths, classes and scripts */
    static const char *const kinds[] = {"Builtin:", "BytecodeHandler:", "Stub:", "RegExp:"};
    static const char *const parts[] = {" node:", "/node_modules/", "[System.", ":<frozen "};
    bool may_be_own = false;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        may_be_own |= strstr(name, own[i]) != NULL;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        may_be_own &= !begins_with(name, kinds[i]);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        may_be_own &= !strstr(name, parts[i]);
    return !may_be_own || is_in_package(name) || is_of_java(name);
}

bool installed_is_python(const char *file)
{
    return *file == '<' || is_in_package(file);
}
