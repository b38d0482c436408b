/*
 * file_holder.h: which process has the lock of a file that flock(2) takes, from the kernel's list
 * of locks. That call itself tells nobody.
 */
#ifndef CALL_FILE_HOLDER_H
#define CALL_FILE_HOLDER_H

/* The process that has a lock of flock(2) on an open file; 0: nobody, or it is not known. Changes
 * errno. */
int file_holder(int fd);

#endif
