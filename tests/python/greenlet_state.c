/*
 * What libc and the C++ runtimes keep per thread, in greenlets of gevent and eventlet whose C code
 * waits: the same as without the preload.
 */
#include "scene.h"

#include <unistd.h>

static const char *const hosts[] = {"gevent", "eventlet"};
enum { HOSTS = 2 };

static const char *const plugins[] = {"libcxx_plugin_shared.so", "libcxx_plugin_inside.so",
                                      "libcxx_plugin_llvm.so"};
enum { PLUGINS = sizeof plugins / sizeof *plugins };

START_TEST(exceptions)
{
    const char *plugin = victim_path(plugins[_i / HOSTS]);
    if (access(plugin, R_OK) == 0)
        scene_expect_same(PYTHON("per_thread.py", "exceptions", hosts[_i % HOSTS], plugin));
}
END_TEST

static const char *const cases[] = {"locale", "rounding", "error_numbers", "addresses", "once"};
enum { CASES = sizeof cases / sizeof *cases };

START_TEST(each_has_its_own)
{
    scene_expect_same(PYTHON("per_thread.py", cases[_i / HOSTS], hosts[_i % HOSTS]));
}
END_TEST

PYTHON_SUITE("greenlet_state", WORDS(NULL), EACH(exceptions, PLUGINS *HOSTS),
             EACH(each_has_its_own, CASES *HOSTS))
