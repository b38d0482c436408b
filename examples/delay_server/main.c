/*
 * delay_server: HTTPS and HTTP answers that take their time, for thousands of clients at once, from
 * one thread. Something to wait for: what legacy_fetcher fetches.
 *
 *     delay_server --https 8443 --http 8080 --cert-out cert.pem &
 *     curl --cacert cert.pem https://localhost:8443/delay/1
 *
 * Exit status: 0 after SIGTERM or SIGINT, 1 when it cannot serve, 2 for usage errors.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "certificate.h"
#include "nofile.h"
#include "options.h"
#include "server.h"

#define EXIT_CANNOT 1

/* What is needed to speak TLS. */
struct identities {
    EVP_PKEY *key;
    X509 *certificates[2]; /* a good one, an expired one */
    SSL_CTX *contexts[2];
};

static void identities_free(struct identities *identities)
{
    for (int i = 0; i < 2; i++) {
        SSL_CTX_free(identities->contexts[i]);
        X509_free(identities->certificates[i]);
    }
    EVP_PKEY_free(identities->key);
}

static bool identities_make(struct identities *identities)
{
    identities->key = certificate_make_key();
    if (!identities->key)
        return false;
    identities->certificates[0] = certificate_make(identities->key, "delay_server", -1, 365);
    identities->certificates[1] = certificate_make(identities->key, "delay_server expired", -2, -1);
    for (int i = 0; i < 2; i++) {
        if (!identities->certificates[i])
            return false;
        identities->contexts[i] = certificate_context(identities->key, identities->certificates[i]);
        if (!identities->contexts[i])
            return false;
    }
    return true;
}

static bool write_certificates(const struct options *options, const struct identities *identities)
{
    if (!options->cert_out || certificate_write(options->cert_out, identities->certificates, 2))
        return true;
    fprintf(stderr, "delay_server: cannot write the certificates to %s (%s)\n", options->cert_out,
            strerror(errno));
    return false;
}

static bool open_listener(struct server *server, const struct options *options, const char *name,
                          int port, SSL_CTX *context)
{
    if (port == PORT_NONE || server_listen(server, name, options->address, port, context) == 0)
        return true;
    fprintf(stderr, "delay_server: cannot listen on %s port %d (%s)\n", options->address, port,
            strerror(errno));
    return false;
}

static bool open_listeners(struct server *server, const struct options *options,
                           const struct identities *identities)
{
    return open_listener(server, options, "https", options->https_port, identities->contexts[0]) &&
           open_listener(server, options, "http", options->http_port, NULL) &&
           open_listener(server, options, "https-expired", options->expired_port,
                         identities->contexts[1]);
}

/* One line for whoever started us and waits until we are ready. */
static bool announce(const struct server *server, const struct options *options)
{
    const char *format = strchr(options->address, ':') ? " %s=[%s]:%d" : " %s=%s:%d";
    printf("listening");
    for (size_t i = 0; i < server->listener_count; i++)
        printf(format, server->listeners[i].name, options->address, server->listeners[i].port);
    printf("\n");
    if (fflush(stdout) == 0)
        return true;
    fprintf(stderr, "delay_server: cannot write to standard output (%s)\n", strerror(errno));
    return false;
}

static bool serve(const struct options *options, const struct identities *identities)
{
    struct server server;
    bool served = false;
    if (server_init(&server, options->handshake_delay, options->idle_timeout) != 0) {
        fprintf(stderr, "delay_server: cannot start (%s)\n", strerror(errno));
    } else if (open_listeners(&server, options, identities) && announce(&server, options)) {
        served = server_run(&server) == 0;
        if (!served)
            fprintf(stderr, "delay_server: cannot go on (%s)\n", strerror(errno));
    }
    server_finish(&server);
    return served;
}

/* False when the parent ended before it could be watched. */
static bool end_with_parent(void)
{
    pid_t parent = getppid();
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    return getppid() == parent;
}

int main(int argc, char **argv)
{
    struct options options;
    struct identities identities = {0};
    bool served = false;
    options_parse(argc, argv, &options);
    if (options.exit_with_parent && !end_with_parent())
        return EXIT_CANNOT;
    signal(SIGPIPE, SIG_IGN);
    nofile_raise();
    if (!identities_make(&identities))
        fprintf(stderr, "delay_server: cannot make a certificate (OpenSSL refuses)\n");
    else
        served = write_certificates(&options, &identities) && serve(&options, &identities);
    identities_free(&identities);
    return served ? 0 : EXIT_CANNOT;
}
