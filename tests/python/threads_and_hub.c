/*
 * Queues and pools between native threads and a hub: the same as without the preload, and no
 * deadlock. eventlet's tpool, for one, is made and ended by code that a switch must not interrupt.
 */
#include "scene.h"

static const char *const cases[][2] = {
    {"starts", "gevent"},     {"starts", "eventlet"},   {"executor", "gevent"},
    {"executor", "eventlet"}, {"hand_over", "gevent"},  {"hand_over", "eventlet"},
    {"tpool", "eventlet"},    {"threadpool", "gevent"},
};
enum { CASES = sizeof cases / sizeof *cases };

START_TEST(same)
{
    scene_expect_same(PYTHON("threads_and_hub.py", cases[_i][0], cases[_i][1]));
}
END_TEST

PYTHON_SUITE("threads_and_hub", WORDS(NULL), EACH(same, CASES))
