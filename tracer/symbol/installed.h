/*
 * installed.h: which code is the system's or an installed package's, and not the program's own.
 */
#ifndef SYMBOL_INSTALLED_H
#define SYMBOL_INSTALLED_H

#include <stdbool.h>

/* Of an ELF file by its path, and of the source file that a function of it comes from, with the
 * folder that this may be relative to ("": not known): a header of a library is inlined into the
 * program's own code, and Rust's libraries are linked into it. */
bool installed_is_code(const char *module_path, const char *folder, const char *source);

/* Of code that was made at run time, by its name in a map for perf(1) of V8, OpenJDK, .NET or
 * CPython; a runtime's own pieces count as installed. */
bool installed_is_made(const char *name);

/* Of a Python file by its path. */
bool installed_is_python(const char *file);

#endif
