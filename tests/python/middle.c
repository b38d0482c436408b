/*
 * Waits in the middle of code that takes all greenlets of a thread for one: what keeps something
 * per thread, what relies on the interpreter's lock, runtimes with one loop a thread. They come to
 * the same as without the preload. Libraries that are known to be safe overlap all the same.
 */
#include "scene.h"

#include <stdlib.h>

static const char *const same[] = {
    "scopes_variable",  "scopes_foreign", "scopes_key",      "scopes_tss",
    "no_tables",        "statics",        "asyncio_run",     "statics_of_library",
    "asyncio_executor", "asyncio_loops",  "asyncio_request", "asyncio_threads",
    "uvloop_run",       "trio_run",       "loop_of_thread",  "grpc_calls",
};
enum { SAME = sizeof same / sizeof *same };

START_TEST(nothing_changes)
{
    scene_expect_same(PYTHON("middle.py", same[_i], MODULES));
}
END_TEST

/* With assertions, and as modules are shipped: then no thread-local variable is left in it. */
START_TEST(pybind11_changes_nothing)
{
    static const char *const folders[] = {MODULES "/debug", MODULES "/release"};
    scene_expect_same(PYTHON("middle.py", "naps", folders[_i]));
}
END_TEST

static const struct {
    const char *name, *patch, *facts;
} through[] = {
    {"plain", "GREQ_PATCH=all", "plain at once 4\n"},
    {"lxml_file", "GREQ_PATCH=all", "lxml from a file at once 4\n"},
    {"lmdb_writers", "GREQ_PATCH=all", "lmdb 4\n"},
    {"ldap_bind", "GREQ_PATCH=all", "ldap at once 4\n"},
    {"kerberos", "GREQ_PATCH=all", "kerberos at once 4\n"},
    {"gnutls", "GREQ_PATCH=all", "gnutls at once 4\n"},
    {"pyopenssl", "GREQ_PATCH=all", "pyopenssl at once 4\n"},
    {"zmq_messages", "GREQ_PATCH=all", "zmq at once 4\n"},
    {"ctypes_callback", "GREQ_PATCH=all", "ctypes at once 4\n"},
    {"cffi_callback", "GREQ_PATCH=all", "cffi at once 4\n"},
    {"keeper", "GREQ_PATCH=all", "keeper at once 1\n"},
    /* the user's word */
    {"keeper", "GREQ_PATCH=through:libscopes_variable", "keeper at once 4\n"},
    {"keeper", "GREQ_PATCH=all,through:libscope", "keeper at once 1\n"},
    {"keeper", "GREQ_PATCH=through:libscopes_variable,-through:libscopes_variable",
     "keeper at once 1\n"},
    {"gnutls", "GREQ_PATCH=-through:libgnutls", "gnutls at once 1\n"},
    {"statics", "GREQ_PATCH=all", "statics at once 1\n"},
    {"statics", "GREQ_PATCH=through:statics", "statics at once 4\n"},
};
enum { THROUGH = sizeof through / sizeof *through };

START_TEST(known_libraries_overlap)
{
    const struct victim victim = {
        .argv = PYTHON("through.py", through[_i].name, MODULES, MODULES "/libscopes_variable.so"),
        .env = scene_environment_with(WORDS(through[_i].patch)),
        .preload = true,
    };
    char *facts = expect_success(&victim, NULL);
    ck_assert_str_eq(facts, through[_i].facts);
    free(facts);
}
END_TEST

PYTHON_SUITE("middle", WORDS(NULL), EACH(nothing_changes, SAME), EACH(pybind11_changes_nothing, 2),
             EACH(known_libraries_overlap, THROUGH))
