/*
 * object.h: one ELF file of a program, and which of the functions that matter it imports and
 * defines. Reads the file, and keeps nothing of it open.
 *
 * A copy of OpenSSL is found by its names (also local ones in .symtab), and where it is stripped by
 * `ssl/ssl_lib.c`, a source file name that its error messages, BoringSSL's too, carry into .rodata.
 */
#ifndef DOCTOR_OBJECT_H
#define DOCTOR_OBJECT_H

#include "doctor/catalogue.h"

/* How it comes to be in the process. */
enum object_role {
    OBJECT_PROGRAM,
    OBJECT_PRELOADED,        /* by the user */
    OBJECT_SYSTEM_PRELOADED, /* by /etc/ld.so.preload */
    OBJECT_NEEDED,
    OBJECT_OPENED /* at run time, by dlopen */
};

/* Whose functions it is expected to define. */
enum object_kind {
    OBJECT_ORDINARY,
    OBJECT_GREQ, /* libgreq.so */
    OBJECT_LIBC, /* glibc's own libraries, which call themselves without hooks */
    OBJECT_LIBSSL
};

/* A copy of OpenSSL in a module that is not libssl. */
enum object_openssl {
    OPENSSL_NOT_HELD,
    OPENSSL_DEFINED, /* it defines the functions; others may be bound to them */
    OPENSSL_HIDDEN   /* they are its own affair */
};

struct object {
    char *path; /* "" when it was not found */
    char *name; /* its soname, else the name of the file, or what it was asked for by */
    enum object_role role;
    enum object_kind kind;
    bool readable; /* false: the rest is not known */
    char **needed; /* sonames */
    size_t needed_count, needed_capacity;
    bool *imports, *defines; /* by number in the catalogue; imports of libc's own do not count */
    enum object_openssl openssl;
    bool binds_itself;    /* linked with -Bsymbolic */
    bool opens_libraries; /* imports dlopen */
    bool is_go, is_python, is_sanitizer;
};

/*
 * Makes a module. `path` is its name, or NULL when it was not found; `file` is where it can be read
 * now; `name` is what it was asked for by, or NULL. Released with object_finish.
 */
void object_make(struct object *object, const struct catalogue *catalogue, const char *name,
                 const char *path, const char *file);

void object_finish(struct object *object);

#endif
