/* TLS: the session tickets of five connections lie unread while the program sleeps for less than
 * the answers take; then it waits for all of them at once. */
#include "client.h"

#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { COUNT = 5 };

static void take(SSL *ssl)
{
    char answer[2048];
    size_t used = 0;
    do {
        int got = SSL_read(ssl, answer + used, (int)(sizeof answer - 1 - used));
        must(got > 0 ? 0 : -1, "SSL_read");
        used += (size_t)got;
        answer[used] = '\0';
    } while (!strstr(answer, "}\n"));
}

int main(void)
{
    static const char request[] = "GET /delay/0.3 HTTP/1.1\r\nHost: x\r\n\r\n";
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL *all[COUNT];
    for (int i = 0; i < COUNT; i++) {
        all[i] = SSL_new(context);
        SSL_set_fd(all[i], client_open());
        must(SSL_connect(all[i]) == 1 ? 0 : -1, "SSL_connect");
        must(SSL_write(all[i], request, sizeof request - 1), "SSL_write");
    }
    usleep(150000);
    for (int i = 0; i < COUNT; i++) {
        take(all[i]);
        SSL_free(all[i]);
    }
    SSL_CTX_free(context);
    truth_tell();
}
