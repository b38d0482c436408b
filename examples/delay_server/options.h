/*
 * options.h: what the command line says. Prints usage errors itself and exits with 2.
 */
#ifndef DELAY_SERVER_OPTIONS_H
#define DELAY_SERVER_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#define PORT_NONE (-1) /* no such listener; port 0 is any free one */

struct options {
    const char *address;
    int https_port;
    int http_port;
    int expired_port;
    const char *cert_out;    /* NULL: do not write the certificates */
    int64_t handshake_delay; /* ns */
    int64_t idle_timeout;    /* ns */
    bool exit_with_parent;
};

void options_parse(int argc, char **argv, struct options *options);

#endif
