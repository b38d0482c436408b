/* A server of TLS whose only client leaves before it has said anything. */
#include "client.h"

#include <openssl/ssl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

enum { STAYS_MS = 100 };

static struct sockaddr_in address;

static void *come_and_leave(void *unused)
{
    int fd = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
    must(connect(fd, (struct sockaddr *)&address, sizeof address), "connect");
    usleep(STAYS_MS * 1000);
    close(fd);
    return unused;
}

int main(void)
{
    pthread_t client;
    int listener = truth_listen_at(&address, 1);
    must(-pthread_create(&client, NULL, come_and_leave, NULL), "pthread_create");
    int fd = must(accept(listener, NULL, NULL), "accept");
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    SSL *ssl = SSL_new(context);
    SSL_set_fd(ssl, fd);
    fact("accepted %d", SSL_accept(ssl) == 1);
    SSL_free(ssl);
    SSL_CTX_free(context);
    close(fd);
    pthread_join(client, NULL);
    truth_tell();
}
