/*
 * client.h: a client of the server named by TRUTH_SERVER ("127.0.0.1:PORT"), whose answers take as
 * long as each request says; and how a program tells what it knows of its own run.
 *
 * A truth is a line "~NAME SECONDS", measured by the program itself. The line "blame CALL
 * FILE:LINE" names the call that is at fault.
 */
#ifndef TRUTH_CLIENT_H
#define TRUTH_CLIENT_H

#include "facts.h"

#include <netinet/in.h>
#include <stdbool.h>

int client_open(void);
void client_ask(int fd, double delay_s);
void client_take(int fd); /* reads the answer, waiting for it as long as it takes */

/* Whether the program is to do the same work overlapped: its first argument says so. */
bool client_overlaps(int argc, char **argv);

/* The CPU time that the calling thread has used, in s. */
double truth_used_s(void);

/* Computes for so long by that clock, and writes a line to `lines` every 2 ms; not if it is
 * negative. Returns how long it was. */
double compute(double seconds, int lines);

/* A listener on a free port of the loopback: `address`, or which a line "port NUMBER" names. */
int truth_listen_at(struct sockaddr_in *address, int backlog);
int truth_listen(int backlog);

/* Polls until the answers of all these connections have been taken. */
void client_take_all(const int *fds, int count);

/* The time for which a program knows itself to have held up others, and how many at once. */
void truth_held(double seconds, int others);
void truth_waited(double seconds); /* one more waited meanwhile */
void truth_tell(void);

#define TRUTH_BLAME(call) fact("blame %s %s:%d", call, __FILE_NAME__, __LINE__ + 1)

#endif
