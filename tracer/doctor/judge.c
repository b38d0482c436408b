/*
 * The modules are in the order in which the loader looks names up, so whoever of them defines a
 * function first has the calls of all others: "before" and "after" below are places in that order.
 * A module that binds its own calls to itself is outside of it.
 *
 * judge looks at each module by itself, then at what all of them come to.
 */
#include "doctor/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_MAX = 4 };

/* --- who defines what --- */

static bool is_expected(const struct diagnosis *diagnosis, const struct object *object,
                        size_t function)
{
    return object->kind ==
           (diagnosis->catalogue.items[function].of_openssl ? OBJECT_LIBSSL : OBJECT_LIBC);
}

/* Whether the one who is expected to define a function stands before this module: then nobody comes
 * to it, but for itself. */
static bool is_shadowed(const struct diagnosis *diagnosis, const struct object *object,
                        size_t function)
{
    for (size_t i = 0; &diagnosis->objects[i] < object; i++)
        if (diagnosis->objects[i].defines[function] &&
            is_expected(diagnosis, &diagnosis->objects[i], function))
            return true;
    return false;
}

bool judge_interposes(const struct diagnosis *diagnosis, const struct object *object,
                      size_t function)
{
    if (!object->defines[function] || !diagnosis->catalogue.items[function].hooked ||
        object->kind == OBJECT_GREQ || is_expected(diagnosis, object, function))
        return false;
    return object->binds_itself || !is_shadowed(diagnosis, object, function);
}

/* Whether a module stands before libgreq.so, so that its definitions win. */
static bool comes_first(const struct diagnosis *diagnosis, const struct object *object)
{
    const struct object *greq = diagnosis_greq(diagnosis);
    /* Where it is not loaded yet it would come first of all that is no program. */
    return greq ? object < greq : object->role == OBJECT_PROGRAM;
}

/* --- lists of names --- */

/* "a, b and 3 more". All zeros is an empty list. */
struct names {
    char text[512];
    size_t count;
};

static void append(struct names *names, const char *before, const char *name)
{
    size_t used = strlen(names->text);
    snprintf(names->text + used, sizeof names->text - used, "%s%s", before, name);
}

static void names_add(struct names *names, const char *name)
{
    if (++names->count <= NAMES_MAX)
        append(names, names->count > 1 ? ", " : "", name);
}

static void names_end(struct names *names)
{
    char more[32];
    snprintf(more, sizeof more, "%zu more", names->count - NAMES_MAX);
    if (names->count > NAMES_MAX)
        append(names, " and ", more);
}

/* The functions of libc's, or of OpenSSL's, that a module interposes. */
static struct names interposed_by(const struct diagnosis *diagnosis, const struct object *object,
                                  bool of_openssl)
{
    struct names names = {.count = 0};
    for (size_t i = 0; i < diagnosis->catalogue.hooked_count; i++)
        if (diagnosis->catalogue.items[i].of_openssl == of_openssl &&
            judge_interposes(diagnosis, object, i))
            names_add(&names, diagnosis->catalogue.items[i].name);
    names_end(&names);
    return names;
}

/* The modules for which `is` holds. */
static struct names objects_that(const struct diagnosis *diagnosis,
                                 bool (*is)(const struct object *object))
{
    struct names names = {.count = 0};
    for (size_t i = 0; i < diagnosis->object_count; i++)
        if (is(&diagnosis->objects[i]))
            names_add(&names, diagnosis->objects[i].name);
    names_end(&names);
    return names;
}

/* --- one module --- */

static void judge_interposer(struct diagnosis *diagnosis, const struct object *object)
{
    const struct names names = interposed_by(diagnosis, object, false);
    if (!names.count)
        return;
    if (object->is_sanitizer)
        diagnosis_add(diagnosis, FINDING_NOTE, "sanitizer",
                      "%s, with a sanitizer's runtime, takes %s first and calls the hooks from "
                      "there",
                      object->name, names.text);
    else if (comes_first(diagnosis, object))
        diagnosis_add(diagnosis, FINDING_BYPASS, "interposed",
                      "%s defines %s and comes before libgreq.so: the hooks see of these only what "
                      "it passes on",
                      object->name, names.text);
    else if (object->binds_itself)
        diagnosis_add(diagnosis, FINDING_BYPASS, "symbolic",
                      "%s was linked with -Bsymbolic and defines %s: its own calls of these never "
                      "reach the hooks",
                      object->name, names.text);
    else
        diagnosis_add(diagnosis, FINDING_NOTE, "interposed_behind",
                      "%s defines %s and comes after libgreq.so, which calls it in place of libc",
                      object->name, names.text);
}

static void judge_openssl(struct diagnosis *diagnosis, const struct object *object)
{
    const struct names names = interposed_by(diagnosis, object, true);
    if (names.count && object->role != OBJECT_PROGRAM)
        diagnosis_add(diagnosis, FINDING_BYPASS, "openssl",
                      "%s defines %s, and is not libssl: its own calls of these may not reach the "
                      "hooks; the reads and writes beneath them do",
                      object->name, names.text);
    else if (object->openssl != OPENSSL_NOT_HELD)
        diagnosis_add(
            diagnosis, FINDING_BYPASS, "openssl",
            "%s has OpenSSL, or a kin of it, built in: calls of SSL_read and the like are "
            "not seen; the reads and writes beneath them are",
            object->name);
}

static void judge_object(struct diagnosis *diagnosis, const struct object *object)
{
    if (!object->readable && *object->path)
        diagnosis_add(diagnosis, FINDING_NOTE, "unreadable",
                      "%s cannot be read, or was replaced: what it imports is not known",
                      object->path);
    if (object->kind == OBJECT_GREQ || object->kind == OBJECT_LIBC)
        return;
    if (object->is_go)
        diagnosis_add(
            diagnosis, FINDING_BYPASS, "go",
            "%s holds Go code, which makes its system calls itself: only what it calls by "
            "cgo is reached",
            object->name);
    judge_interposer(diagnosis, object);
    judge_openssl(diagnosis, object);
}

/* --- all of them --- */

static bool opens_libraries(const struct object *object)
{
    return object->opens_libraries && object->kind == OBJECT_ORDINARY;
}

static bool is_python(const struct object *object)
{
    return object->is_python;
}

static bool is_greenlet(const struct object *object)
{
    return !strncmp(object->name, "_greenlet.", strlen("_greenlet."));
}

static bool is_gevent(const struct object *object)
{
    return strstr(object->path, "/gevent/_gevent_c") != NULL;
}

static void judge_greenlets(struct diagnosis *diagnosis)
{
    if (objects_that(diagnosis, is_gevent).count)
        diagnosis_add(diagnosis, FINDING_NOTE, "host",
                      "gevent is loaded: a wait in one of its greenlets is left to gevent's hub");
    else if (objects_that(diagnosis, is_greenlet).count)
        diagnosis_add(diagnosis, FINDING_NOTE, "host",
                      "greenlets are there without gevent: waits are left to eventlet's hub if "
                      "eventlet, which has no library of its own to be seen by, made them");
}

/* What is opened at run time is not in a program's list, but in that of a process. */
static void judge_opened(struct diagnosis *diagnosis)
{
    static const char deepbind[] =
        "one that is opened with RTLD_DEEPBIND and by no path bypasses the hooks";
    const struct names names = objects_that(diagnosis, opens_libraries);
    if (diagnosis->pid && names.count)
        diagnosis_add(diagnosis, FINDING_NOTE, "dlopen",
                      "libraries may be opened at run time by %s; %s", names.text, deepbind);
    else if (objects_that(diagnosis, is_python).count)
        diagnosis_add(diagnosis, FINDING_NOTE, "python",
                      "Python opens extension modules, such as _socket and _ssl, at run time: they "
                      "are not in the list, but in that of a process; %s",
                      deepbind);
    else if (names.count)
        diagnosis_add(diagnosis, FINDING_NOTE, "dlopen",
                      "libraries that are opened at run time by %s are not in the list; %s",
                      names.text, deepbind);
}

static void judge_environment(struct diagnosis *diagnosis)
{
    const char *audit = getenv("LD_AUDIT");
    if (!diagnosis->pid && audit && *audit)
        diagnosis_add(diagnosis, FINDING_NOTE, "audit",
                      "LD_AUDIT=%s is set, and may bind calls to something else", audit);
}

/* A script's interpreter is what is examined. */
static void judge_script(struct diagnosis *diagnosis)
{
    if (diagnosis->target.step_count > 1)
        diagnosis_add(diagnosis, FINDING_NOTE, "script",
                      "the programs that the script starts are not looked at; they are preloaded "
                      "as well where that is possible");
}

void judge(struct diagnosis *diagnosis)
{
    for (size_t i = 0; i < diagnosis->object_count; i++)
        judge_object(diagnosis, &diagnosis->objects[i]);
    judge_script(diagnosis);
    judge_opened(diagnosis);
    judge_greenlets(diagnosis);
    judge_environment(diagnosis);
}
