/*
 * slow_disk.h: a library whose fsync and its kin take as many milliseconds as an environment
 * variable says.
 */
#ifndef VICTIMS_SLOW_DISK_H
#define VICTIMS_SLOW_DISK_H

#define SLOW_DISK_VARIABLE "SLOW_DISK_MS"

#endif
