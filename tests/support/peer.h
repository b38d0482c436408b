/*
 * peer.h: the other side of a victim's connections, in threads of the runner.
 *
 * The peer listens on 127.0.0.1. Who connects first sends one line, the script of what shall happen
 * on this connection; the peer carries it out word by word and closes. Words:
 *
 *     wait MS        do nothing for a while
 *     say TEXT       send it (no blanks)
 *     send N         send N bytes, as data_byte() has them
 *     digest N       receive N bytes, then send "good" or "evil" by whether they were data_byte()'s
 *     arrives        wait until there is something to receive
 *     eof            receive until the other side closes
 *     half           close the sending direction
 *     reset          close so that the other side gets ECONNRESET
 *     dial PORT      go on over a new connection, made to that port of 127.0.0.1
 *     dials PATH     the same to a Unix socket
 *     full MS        say "PORT\n" of a listener whose queue is full, until MS milliseconds after
 *                    the next byte has come
 *     tls            a TLS handshake as server; later words then speak TLS
 *     tls-expired    the same, with a certificate that has expired
 *     tls-client     a TLS handshake as client, no certificate wanted
 *     tls-shutdown   close_notify to the other side, and wait for its own
 *
 * A word that fails (the victim is gone) ends the script.
 */
#ifndef SUPPORT_PEER_H
#define SUPPORT_PEER_H

/* Starts the peer and names it in the environment, for the victims: PEER_PORT; PEER_CA, a file with
 * both certificates; PEER_SERVER, a certificate and key for victims that serve. One peer a test. */
void peer_start(void);

/* Ends all connections and threads. Every peer that was started must be stopped. */
void peer_stop(void);

#endif
