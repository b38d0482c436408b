/*
 * metadata.h: the text that tells CTF readers what a trace looks like.
 *
 * It is the same text for all processes, put in place by link(2): many processes may write to one
 * directory, and a directory of another version is recognised by comparing bytes. So it has no
 * clock offset; the wall time is in each `process_start` event.
 */
#ifndef LOG_METADATA_H
#define LOG_METADATA_H

/*
 * Puts the metadata into a directory, or makes sure that the same is there already. Concurrent
 * processes may call it for one directory.
 *
 * Returns 0, an errno value, or -1 when the directory holds another version's trace.
 */
int metadata_write(const char *dir);

#endif
