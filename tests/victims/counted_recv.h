/*
 * counted_recv.h: a library whose recv counts its calls: what a hook of recv does in the end.
 */
#ifndef VICTIMS_COUNTED_RECV_H
#define VICTIMS_COUNTED_RECV_H

extern unsigned counted_recvs;

#endif
