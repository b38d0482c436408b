/*
 * early_library.h: a library whose constructor makes calls before libgreq.so's own constructor has
 * run: a program's libraries are initialised before what is preloaded.
 */
#ifndef VICTIMS_EARLY_LIBRARY_H
#define VICTIMS_EARLY_LIBRARY_H

/* What the constructor's calls returned: a line each. */
const char *early_library_facts(void);

#endif
