/*
 * unmapping_send.h: a library whose send, write, writev and sendmsg unmap the page that is named
 * here when they have sent it: what another thread may do that has received it.
 */
#ifndef VICTIMS_UNMAPPING_SEND_H
#define VICTIMS_UNMAPPING_SEND_H

extern void *unmapped_when_sent; /* NULL: none */

#endif
