/* unversioned_library.h: a library that names no versions of what it calls. */
#ifndef VICTIMS_UNVERSIONED_LIBRARY_H
#define VICTIMS_UNVERSIONED_LIBRARY_H

/* Whether its variables hold what they should: the function, or what its constructor chose. */
int unversioned_data(void);

/* Calls a function whose place in the linkage table the library has changed. Returns 7. */
int unversioned_elsewhere(void);

/* Waits for a condition that nobody signals. Returns what pthread_cond_timedwait did. */
int unversioned_wait(void);

/* Waits for one that another thread signals. Returns what pthread_cond_wait did. */
int unversioned_meet(void);

#endif
