/*
 * fd_table.h: how large the kernel's table of this process's descriptors is.
 */
#ifndef SYS_FD_TABLE_H
#define SYS_FD_TABLE_H

/* The number of entries (FDSize in proc(5)), or 0 when it cannot be read. Leaves errno alone. */
int fd_table_size(void);

#endif
