#include "company.h"

#include "facts.h"
#include "must_tasks.h"

#include <greq/greq.h>
#include <unistd.h>

#define TICK_S 0.005

static struct {
    greq_task *task;
    bool leaving;
    double stall;
} companion;

static void *companion_live(void *none)
{
    double before = now_s();
    while (!companion.leaving) {
        usleep((useconds_t)(TICK_S * 1e6));
        double now = now_s(), late = now - before - TICK_S;
        if (late > companion.stall)
            companion.stall = late;
        before = now;
    }
    return none;
}

static void companion_come(void)
{
    companion.leaving = false;
    if (!greq_active())
        return;
    companion.task = must_spawn(companion_live, NULL);
    greq_yield();
}

static void companion_go(void)
{
    companion.leaving = true;
    if (companion.task)
        greq_join(companion.task, NULL);
    companion.task = NULL;
}

static void *scene_run(void *scene)
{
    ((void (*)(void))scene)();
    return NULL;
}

static void play_beside(void (*scene)(void))
{
    fact("beside a task");
    companion_come();
    scene();
    companion_go();
}

/* The machine may have kept all of the thread waiting. */
static void tell_stall(void)
{
    double stall = companion.stall - queued_s();
    timing("stall", stall > 0 ? stall : 0);
}

void play_in_main(void (*scene)(void))
{
    fact("alone");
    scene();
    play_beside(scene);
    tell_stall();
}

void play(void (*scene)(void))
{
    fact("alone");
    scene();
    play_beside(scene);
    fact("in a task");
    companion_come();
    greq_join(must_spawn(scene_run, (void *)scene), NULL);
    companion_go();
    tell_stall();
}
