/*
 * delay_server.h: the example server, run for a test: HTTPS and HTTP on free ports.
 */
#ifndef SUPPORT_DELAY_SERVER_H
#define SUPPORT_DELAY_SERVER_H

#include "scratch.h"
#include "victim.h"

struct delay_server {
    char https[32], expired[32], http[32]; /* "127.0.0.1:PORT" */
    char certificates[128];                /* a file with both of them */
    /* its own */
    struct scratch scratch;
    const char *argv[12];
    struct victim victim;
    struct victim_running running;
};

void delay_server_start(struct delay_server *server);

/* Stops it; it must end well. */
void delay_server_stop(struct delay_server *server);

#endif
