/*
 * connections.c: the kernel tells any user by NETLINK_SOCK_DIAG what `ss -ti` shows of the sockets
 * of a network namespace; those of a process are known by the inodes in /proc/PID/fd. So the
 * process pays nothing.
 *
 * Which way the last data went is the difference of two times in milliseconds: data that went both
 * ways within one are taken for an answer that has come. A connection whose own port somebody
 * listens at was accepted, another one opened.
 */
#include "live/connections.h"

#include "base/memory.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <inttypes.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* As the kernel numbers them. */
enum { ESTABLISHED = 1, CLOSE_WAIT = 8, LISTEN = 10 };

/* --- whose sockets --- */

struct inodes {
    uint64_t *items;
    size_t count;
    size_t capacity;
};

static int compare_inodes(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static void read_inodes(struct inodes *inodes, pid_t process)
{
    char path[64], link[64];
    snprintf(path, sizeof path, "/proc/%d/fd", (int)process);
    DIR *folder = opendir(path);
    uint64_t inode;
    if (!folder)
        return;
    for (const struct dirent *entry; (entry = readdir(folder));) {
        ssize_t length = readlinkat(dirfd(folder), entry->d_name, link, sizeof link - 1);
        link[length > 0 ? length : 0] = '\0';
        if (sscanf(link, "socket:[%" SCNu64 "]", &inode) != 1)
            continue;
        inodes->items =
            memory_grow(inodes->items, inodes->count, &inodes->capacity, sizeof *inodes->items);
        inodes->items[inodes->count++] = inode;
    }
    closedir(folder);
    if (inodes->count)
        qsort(inodes->items, inodes->count, sizeof *inodes->items, compare_inodes);
}

/* --- all sockets --- */

struct tcp_socket {
    uint16_t port; /* its own */
    uint32_t unread;
    uint64_t sent, received;       /* bytes */
    uint32_t sent_ms, received_ms; /* ago: the last of them */
};

struct tcp_sockets {
    const struct inodes *inodes;
    bool listens[1 << 16];    /* at a port */
    struct tcp_socket *items; /* those of the process that are connected */
    size_t count;
    size_t capacity;
};

/* What the kernel knows of the connection; older kernels know less. Returns whether that is enough.
 */
static bool read_info(struct tcp_socket *socket, const struct inet_diag_msg *message, size_t size)
{
    const struct rtattr *attribute = (const void *)(message + 1);
    int left = (int)(size - sizeof *message);
    struct tcp_info info;
    for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
        if (attribute->rta_type != INET_DIAG_INFO)
            continue;
        size_t length = RTA_PAYLOAD(attribute);
        memset(&info, 0, sizeof info);
        memcpy(&info, RTA_DATA(attribute), length < sizeof info ? length : sizeof info);
        socket->sent_ms = info.tcpi_last_data_sent;
        socket->received_ms = info.tcpi_last_data_recv;
        socket->sent = info.tcpi_bytes_sent;
        socket->received = info.tcpi_bytes_received;
        return length > offsetof(struct tcp_info, tcpi_bytes_sent);
    }
    return false;
}

static void add(struct tcp_sockets *sockets, const struct inet_diag_msg *message, size_t size)
{
    uint64_t inode = message->idiag_inode;
    struct tcp_socket socket = {.port = ntohs(message->id.idiag_sport),
                                .unread = message->idiag_rqueue};
    if (message->idiag_state == LISTEN) {
        sockets->listens[socket.port] = true;
        return;
    }
    if (!sockets->inodes->count ||
        !bsearch(&inode, sockets->inodes->items, sockets->inodes->count, sizeof inode,
                 compare_inodes) ||
        !read_info(&socket, message, size))
        return;
    sockets->items =
        memory_grow(sockets->items, sockets->count, &sockets->capacity, sizeof *sockets->items);
    sockets->items[sockets->count++] = socket;
}

/* Returns 1: there is more to come; 0: that was all; -1: an error. */
static int add_all(struct tcp_sockets *sockets, const void *bytes, size_t size)
{
    const struct nlmsghdr *header = bytes;
    unsigned left = (unsigned)size;
    for (; NLMSG_OK(header, left); header = NLMSG_NEXT(header, left)) {
        if (header->nlmsg_type == NLMSG_DONE)
            return 0;
        if (header->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
            header->nlmsg_len < NLMSG_LENGTH(sizeof(struct inet_diag_msg)))
            return -1;
        add(sockets, NLMSG_DATA(header), NLMSG_PAYLOAD(header, 0));
    }
    return 1;
}

/* Returns whether all were told. */
static bool ask(struct tcp_sockets *sockets, int netlink, uint8_t family)
{
    static uint64_t answer[1 << 12];
    const struct {
        struct nlmsghdr header;
        struct inet_diag_req_v2 request;
    } question = {
        .header = {.nlmsg_len = sizeof question,
                   .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
        .request = {.sdiag_family = family,
                    .sdiag_protocol = IPPROTO_TCP,
                    .idiag_ext = 1 << (INET_DIAG_INFO - 1),
                    .idiag_states = 1u << ESTABLISHED | 1u << CLOSE_WAIT | 1u << LISTEN},
    };
    if (send(netlink, &question, sizeof question, 0) != (ssize_t)sizeof question)
        return false;
    for (;;) {
        ssize_t size = recv(netlink, answer, sizeof answer, 0);
        int more = size > 0 ? add_all(sockets, answer, (size_t)size) : -1;
        if (more <= 0)
            return more == 0;
    }
}

static bool read_sockets(struct tcp_sockets *sockets)
{
    int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (netlink < 0)
        return false;
    bool is_read = ask(sockets, netlink, AF_INET) && ask(sockets, netlink, AF_INET6);
    close(netlink);
    return is_read;
}

/* --- what they are --- */

static void count(struct connections_so *so, uint32_t since_ms)
{
    so->count++;
    if (so->longest_s < since_ms / 1e3)
        so->longest_s = since_ms / 1e3;
}

static void judge(struct live_connections *connections, const struct tcp_socket *socket,
                  bool is_accepted)
{
    bool is_ours = socket->sent && (!socket->received || socket->sent_ms < socket->received_ms);
    bool is_theirs = socket->received && (!socket->sent || socket->received_ms < socket->sent_ms);
    connections->open++;
    if (!is_accepted && is_ours)
        count(&connections->in_flight, socket->sent_ms);
    if (is_accepted && is_theirs)
        count(&connections->asked, socket->received_ms);
    if (socket->unread)
        count(&connections->unread, socket->received_ms);
}

static bool shares_network(pid_t process)
{
    char path[64];
    struct stat own, its;
    snprintf(path, sizeof path, "/proc/%d/ns/net", (int)process);
    return !stat("/proc/self/ns/net", &own) && !stat(path, &its) && own.st_ino == its.st_ino;
}

void live_connections_read(struct live_connections *connections, pid_t process)
{
    struct inodes inodes = {0};
    struct tcp_sockets *sockets = memory_alloc(1, sizeof *sockets);
    *connections = (struct live_connections){0};
    read_inodes(&inodes, process);
    sockets->inodes = &inodes;
    connections->are_known = shares_network(process) && read_sockets(sockets);
    for (size_t i = 0; connections->are_known && i < sockets->count; i++)
        judge(connections, &sockets->items[i], sockets->listens[sockets->items[i].port]);
    free(sockets->items);
    free(sockets);
    free(inodes.items);
}
