/* peer_tls.c: the part of peer_client.h that needs OpenSSL, apart from what every victim links. */
#include "facts.h"
#include "peer_client.h"

#include <openssl/ssl.h>
#include <stdlib.h>

SSL_CTX *peer_trust(void)
{
    static SSL_CTX *context;
    if (!context) {
        context = SSL_CTX_new(TLS_client_method());
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
        must(SSL_CTX_load_verify_locations(context, getenv("PEER_CA"), NULL) == 1 ? 0 : -1,
             "PEER_CA");
    }
    return context;
}

SSL_CTX *peer_server(void)
{
    static SSL_CTX *context;
    if (!context) {
        const char *file = getenv("PEER_SERVER");
        context = SSL_CTX_new(TLS_server_method());
        bool right = SSL_CTX_use_certificate_file(context, file, SSL_FILETYPE_PEM) == 1 &&
                     SSL_CTX_use_PrivateKey_file(context, file, SSL_FILETYPE_PEM) == 1;
        must(right ? 0 : -1, "PEER_SERVER");
    }
    return context;
}

SSL *peer_tls(int fd)
{
    SSL *ssl = SSL_new(peer_trust());
    SSL_set_fd(ssl, fd);
    SSL_set1_host(ssl, "localhost");
    SSL_set_tlsext_host_name(ssl, "localhost");
    SSL_set_connect_state(ssl);
    return ssl;
}
