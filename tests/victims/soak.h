/*
 * soak.h: what the parts of the victim soak share: scenes, which tasks play, and the frame that
 * starts them, watches them and counts.
 *
 * A scene is a small piece of work of one task, its lead, and often of a second one that the lead
 * spawns and joins. It checks each result. Whoever waits says for what, by doing(), so that the
 * watchdog can name those that wait too long. All descriptors are opened by the main thread, whose
 * tasks these are: a number that was closed can be taken again before another task runs.
 */
#ifndef VICTIMS_SOAK_H
#define VICTIMS_SOAK_H

#include <errno.h>
#include <greq/greq.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

/* One of a scene's two tasks. */
struct side {
    const char *waits_for; /* NULL: for nothing */
    double since;
    uint64_t random;
};

struct scene {
    const struct scene_kind *kind;
    struct side lead, partner;
    greq_task *task;
};

struct scene_kind {
    const char *name;
    void (*play)(struct scene *scene);
    int weight; /* how often, of the sum of all */
    long *done;
};

/* Says what is waited for from now on. */
void doing(struct side *side, const char *what);

/* Ends the program with a line unless `right`; errno is in it. */
void check(bool right, const struct side *side, const char *what);

/* Less than `below`, by this task's own sequence. */
uint64_t draw(struct side *side, uint64_t below);

/* Sleeps for up to so many ms; for just so many us, whatever interrupts it. */
void rest(struct side *side, int most_ms);
void sleep_us(struct side *side, int64_t us);

/* The partner is a task of its own; it gets `argument`. */
greq_task *partner_start(void *(*play)(void *), void *argument);
void partner_join(struct scene *scene, greq_task *task);

void close_well(struct side *side, int fd);
void pair_open(struct side *side, int ends[2]);

/* soak_data.c */
void scene_echo(struct scene *scene);
void scene_stream(struct scene *scene);
void scene_closed(struct scene *scene);
void scene_raw_close(struct scene *scene);

/* soak_waits.c */
void scene_sleep(struct scene *scene);
void scene_timeout(struct scene *scene);
void scene_hand_over(struct scene *scene);
void scene_crowd(struct scene *scene);
void scene_name(struct scene *scene);
void scene_signal(struct scene *scene);
void signals_begin(void);
void signals_end(void);

/* soak_ends.c */
void scene_fork(struct scene *scene);
void scene_drop(struct scene *scene);

#endif
