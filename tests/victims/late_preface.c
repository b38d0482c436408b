/* late_preface [http2]: connections whose first bytes are moved by calls whose buffer nobody looks
 * at; what follows looks as a connection of HTTP/2 begins, and is none. Of three more they are
 * HTTP/2's: they are read, or looked at before. */
#include "facts.h"
#include "peer_client.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
static char bytes[100] = "first";

static struct mmsghdr message(struct iovec *part)
{
    return (struct mmsghdr){.msg_hdr = {.msg_iov = part, .msg_iovlen = 1}};
}

static void by_messages(int from, int to)
{
    struct iovec sent = {bytes, 5}, got = {bytes, sizeof bytes};
    struct mmsghdr out = message(&sent), in = message(&got);
    must(sendmmsg(from, &out, 1, 0), "sendmmsg");
    must(recvmmsg(to, &in, 1, 0, NULL), "recvmmsg");
}

static void by_syscall(int from, int to)
{
    must((int)syscall(SYS_sendto, from, bytes, 5, 0, NULL, 0), "sendto");
    must((int)syscall(SYS_recvfrom, to, bytes, sizeof bytes, 0, NULL, NULL), "recvfrom");
}

static void peek(int to)
{
    must((int)recv(to, bytes, 3, MSG_PEEK), "recv");
}

static void peek_by_syscall(int to)
{
    must((int)syscall(SYS_recvfrom, to, bytes, 3, MSG_PEEK, NULL, NULL), "recvfrom");
}

static void connection(const char *name, void (*begin)(int from, int to), void (*look)(int to))
{
    int port, listener = listen_loopback(&port, 1);
    int from = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
    must(connect_loopback(from, port), "connect");
    int to = must(accept(listener, NULL, NULL), "accept");
    if (begin)
        begin(from, to);
    must((int)send(from, preface, strlen(preface), 0), "send");
    if (look)
        look(to);
    fact("%s %s", name, outcome(recv(to, bytes, sizeof bytes, 0)));
    close(from);
    close(to);
    close(listener);
}

int main(int argc, char **argv)
{
    (void)argv;
    connection("by messages", by_messages, NULL);
    connection("by syscall", by_syscall, NULL);
    if (argc > 1) {
        connection("HTTP/2", NULL, NULL);
        connection("peeked at", NULL, peek);
        connection("peeked at by syscall", NULL, peek_by_syscall);
    }
}
