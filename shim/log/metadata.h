/*
 * metadata.h: the text that tells CTF readers what a trace looks like.
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
