/*
 * nss_nap.h: a plug-in of libc's for names of users that waits for each, as one does that asks a
 * server.
 */
#ifndef VICTIMS_NSS_NAP_H
#define VICTIMS_NSS_NAP_H

enum { NSS_NAP_ENTRIES = 3 };

/* Has libc ask it alone. */
void nss_nap_use(void);

#endif
