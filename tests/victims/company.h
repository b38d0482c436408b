/*
 * company.h: plays a scene alone, then beside another task, then in a task.
 *
 * Where no task exists a hook may make the real call; what it does for the sake of tasks shows only
 * beside one. The companion wakes up every few milliseconds; the longest time that it was kept from
 * it, less what the machine kept all of the thread from running, is printed as the timing "stall":
 * a wait that blocks the thread shows there. Without the preload a companion cannot live, and the
 * scene is simply played three times.
 */
#ifndef VICTIMS_COMPANY_H
#define VICTIMS_COMPANY_H

#ifdef __cplusplus
extern "C" {
#endif

/* All three, with the facts "alone", "beside a task", "in a task" before each. */
void play(void (*scene)(void));

/* Only the first two: what a signal does to the main task. */
void play_in_main(void (*scene)(void));

#ifdef __cplusplus
}
#endif

#endif
