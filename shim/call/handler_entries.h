/*
 * handler_entries.h: how many functions there are for the kernel to call (handler_entries.S).
 */
#ifndef CALL_HANDLER_ENTRIES_H
#define CALL_HANDLER_ENTRIES_H

/* A program that has more handlers has the others called without greq. */
#define HANDLER_ENTRIES    512
#define HANDLER_ENTRY_SIZE 16 /* bytes of code */

#endif
