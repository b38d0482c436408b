#include "options.h"

#include <argp.h>
#include <arpa/inet.h>

#include "clock.h"
#include "parse.h"

enum option_key {
    OPTION_HTTPS = 256,
    OPTION_HTTP,
    OPTION_EXPIRED,
    OPTION_ADDRESS,
    OPTION_CERT_OUT,
    OPTION_HANDSHAKE_DELAY,
    OPTION_IDLE_TIMEOUT,
    OPTION_EXIT_WITH_PARENT,
};

static const struct argp_option option_table[] = {
    {"https", OPTION_HTTPS, "PORT", 0, "Listen for HTTPS", 0},
    {"http", OPTION_HTTP, "PORT", 0, "Listen for HTTP", 0},
    {"https-expired", OPTION_EXPIRED, "PORT", 0,
     "Listen for HTTPS with a certificate that has expired", 0},
    {"address", OPTION_ADDRESS, "ADDRESS", 0, "Listen on ADDRESS (default: 127.0.0.1)", 0},
    {"cert-out", OPTION_CERT_OUT, "FILE", 0, "Write the certificates to FILE, for clients", 0},
    {"handshake-delay", OPTION_HANDSHAKE_DELAY, "SECONDS", 0,
     "Answer to the start of a TLS handshake SECONDS late", 0},
    {"idle-timeout", OPTION_IDLE_TIMEOUT, "SECONDS", 0,
     "Close connections that do nothing for SECONDS (default: 60)", 0},
    {"exit-with-parent", OPTION_EXIT_WITH_PARENT, NULL, 0,
     "End when the process that started the server ends", 0},
    {NULL, 0, NULL, 0, NULL, 0},
};

static const char doc[] =
    "Serve HTTPS and HTTP answers that take their time.\v"
    "Port 0 is any free port. Without a listener it is --https 0 --http 0. When the server is "
    "ready it prints one line:\n\n"
    "  listening https=127.0.0.1:43121 http=127.0.0.1:43122\n\n"
    "Paths:\n"
    "  /delay/SECONDS    answers that much later with a small JSON text\n"
    "  /bytes/N          N bytes, each of which follows from its offset\n"
    "  /stream-bytes/N   the same, chunked\n"
    "  /until-close/N    the same; the end of the connection ends the body\n"
    "  /status/CODE      answers with that status\n"
    "  /close            closes the connection without an answer\n"
    "  /truncate/N       announces N bytes, sends half of them, closes\n"
    "  /stall            sends half a header, and no more\n\n"
    "SIGTERM and SIGINT end the server with status 0.";

static void parse_port(struct argp_state *state, const char *name, const char *text, int *port)
{
    uint64_t number;
    if (!parse_number(text, 65535, &number))
        argp_error(state, "%s: '%s' is not a port; it takes 0 to 65535", name, text);
    else
        *port = (int)number;
}

static void parse_time(struct argp_state *state, const char *name, const char *text, int64_t *time)
{
    if (!parse_seconds(text, time))
        argp_error(state, "%s: '%s' is not a time; it takes seconds, such as 0.5", name, text);
}

static bool is_address(const char *text)
{
    struct in6_addr address; /* the larger of the two kinds */
    return inet_pton(AF_INET, text, &address) == 1 || inet_pton(AF_INET6, text, &address) == 1;
}

static void finish(struct options *options)
{
    if (options->https_port == PORT_NONE && options->http_port == PORT_NONE &&
        options->expired_port == PORT_NONE) {
        options->https_port = 0;
        options->http_port = 0;
    }
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    struct options *options = state->input;
    switch (key) {
    case OPTION_HTTPS:
        parse_port(state, "--https", text, &options->https_port);
        return 0;
    case OPTION_HTTP:
        parse_port(state, "--http", text, &options->http_port);
        return 0;
    case OPTION_EXPIRED:
        parse_port(state, "--https-expired", text, &options->expired_port);
        return 0;
    case OPTION_ADDRESS:
        if (!is_address(text))
            argp_error(state, "--address: '%s' is not an IPv4 or IPv6 address", text);
        options->address = text;
        return 0;
    case OPTION_CERT_OUT:
        options->cert_out = text;
        return 0;
    case OPTION_HANDSHAKE_DELAY:
        parse_time(state, "--handshake-delay", text, &options->handshake_delay);
        return 0;
    case OPTION_IDLE_TIMEOUT:
        parse_time(state, "--idle-timeout", text, &options->idle_timeout);
        return 0;
    case OPTION_EXIT_WITH_PARENT:
        options->exit_with_parent = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "'%s': this program takes options only", text);
        return 0;
    case ARGP_KEY_END:
        finish(options);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

void options_parse(int argc, char **argv, struct options *options)
{
    static const struct argp argp = {option_table, parse_option, NULL, doc, NULL, NULL, NULL};
    *options = (struct options){
        .address = "127.0.0.1",
        .https_port = PORT_NONE,
        .http_port = PORT_NONE,
        .expired_port = PORT_NONE,
        .idle_timeout = 60 * NS_PER_SECOND,
    };
    argp_program_version = "delay_server " GREQ_VERSION;
    argp_err_exit_status = 2;
    argp_parse(&argp, argc, argv, 0, NULL, options);
}
