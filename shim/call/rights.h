/*
 * rights.h: descriptors that go along with a message are another process's as well, and those that
 * come along are: their sockets are not our own (sys/own_socket.h).
 */
#ifndef CALL_RIGHTS_H
#define CALL_RIGHTS_H

#include "sys/mode.h"
#include "sys/own_socket.h"
#include "sys/readable.h"

#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

/* Of a message that has been sent or received. */
static inline void rights_note(const struct msghdr *message)
{
    struct cmsghdr *part = message->msg_controllen ? CMSG_FIRSTHDR(message) : NULL;
    for (; part; part = CMSG_NXTHDR((struct msghdr *)message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        const unsigned char *end = (unsigned char *)message->msg_control + message->msg_controllen;
        size_t size = part->cmsg_len - CMSG_LEN(0), room = (size_t)(end - CMSG_DATA(part));
        size_t count = (size < room ? size : room) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
            own_socket_gone(fd);
        }
    }
}

/* Of a message that is to be sent: who receives it may know that nobody needs it any more. Returns
 * false where it has to be noted when it has been sent, because nothing was asked here: of a
 * program that nobody looks at, and of a wrong address, which the kernel judges. */
static inline bool rights_note_sent(const struct msghdr *message)
{
    if (!mode_now() || mode_is_confined() || !readable(message, sizeof *message) ||
        (message->msg_controllen && !readable(message->msg_control, message->msg_controllen)))
        return false;
    rights_note(message);
    return true;
}

#endif
