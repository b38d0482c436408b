/*
 * What is kept of the first line of a message of HTTP.
 */
#include "log/http_line.h"

#include "suite.h"

#include <string.h>

static const struct {
    const char *line, *kept; /* NULL: it is no request */
} requests[] = {
    {"GET / HTTP/1.1\r\n", "GET /"},
    {"GET /index.html HTTP/1.0\r\nHost: x\r\n", "GET /index.html"},
    {"POST /api/v1/users/4711/orders HTTP/1.1\r\n", "POST /api/v1/users/{id}/orders"},
    {"PUT /oauth2/page10.html HTTP/1.1\r\n", "PUT /oauth2/page10.html"},
    {"GET /a?key=secret HTTP/1.1\r\n", "GET /a"},
    {"GET /a#secret HTTP/1.1\r\n", "GET /a"},
    {"GET /a;session=secret/b HTTP/1.1\r\n", "GET /a"},
    {"GET /a/ HTTP/1.1\r\n", "GET /a/"},
    {"GET //a HTTP/1.1\r\n", "GET //a"},
    {"GET /getUserById HTTP/1.1\r\n", "GET /getUserById"},
    {"GET /aBcDeFgHiJ HTTP/1.1\r\n", "GET /{id}"},
    {"GET /s3cr3t HTTP/1.1\r\n", "GET /{id}"},
    {"GET /2024 HTTP/1.1\r\n", "GET /{id}"},
    {"GET /x123 HTTP/1.1\r\n", "GET /{id}"},
    {"GET /0f8fad5b-d9cb-469f-a165-70867728950e HTTP/1.1\r\n", "GET /{id}"},
    {"GET /john%20doe HTTP/1.1\r\n", "GET /{id}"},
    {"GET /john@example.org HTTP/1.1\r\n", "GET /{id}"},
    {"GET /key=value HTTP/1.1\r\n", "GET /{id}"},
    {"GET /abcdefghijklmnopqrstuvwxy HTTP/1.1\r\n", "GET /{id}"},
    {"GET /a/b/c/d/e/f/g/h/i HTTP/1.1\r\n", "GET /a/b/c/d/e/f/g/h/…"},
    {"GET http://user:secret@host/path?q HTTP/1.1\r\n", "GET /path"},
    {"GET http://user:secret@host HTTP/1.1\r\n", "GET "},
    {"GET http://host?secret HTTP/1.1\r\n", "GET "},
    {"CONNECT secret.example:443 HTTP/1.1\r\n", "CONNECT "},
    {"OPTIONS * HTTP/1.1\r\n", "OPTIONS "},
    {"GET /a HTTP/2.0\r\n", NULL},
    {"GET /a\r\n", NULL},
    {"GET /half", NULL},
    {"GET /a HTTP/1", NULL},
    {"GET  HTTP/1.1\r\n", NULL},
    {"GETS /a HTTP/1.1\r\n", NULL},
    {"get /a HTTP/1.1\r\n", NULL},
    {"SECRET /a HTTP/1.1\r\n", NULL},
    {"", NULL},
};

/* The bytes end where the text does: there is no NUL that a look could stop at. */
static const char *bytes_of(const char *text, size_t *size)
{
    static char bytes[256];
    *size = strlen(text);
    memset(bytes, '/', sizeof bytes);
    memcpy(bytes, text, *size);
    return bytes;
}

START_TEST(of_a_request_method_and_path_are_kept)
{
    size_t size;
    struct text kept = {0};
    const char *bytes = bytes_of(requests[_i].line, &size);
    size_t shown = http_line_request(bytes, size, &kept);
    ck_assert_int_eq(shown != 0, requests[_i].kept != NULL);
    ck_assert_str_eq(text_string(&kept), requests[_i].kept ? requests[_i].kept : "");
    if (!shown)
        return;
    ck_assert_uint_le(shown, size);
    ck_assert_uint_eq(http_line_request(bytes, shown, &kept), shown);
    ck_assert_uint_eq(http_line_request(bytes, shown - 1, &kept), 0);
}
END_TEST

static const struct {
    const char *line;
    unsigned status;
} answers[] = {
    {"HTTP/1.1 200 OK\r\n", 200}, {"HTTP/1.0 404", 404},      {"HTTP/1.1 100 Continue", 100},
    {"HTTP/1.1 20", 0},           {"HTTP/1.1 0x0", 0},        {"HTTP/1.1 099 x", 0},
    {"HTTP/2 200 OK", 0},         {"HTTP/1.1_200 secret", 0}, {"", 0},
};

START_TEST(of_an_answer_the_status_is_kept)
{
    size_t size;
    const char *bytes = bytes_of(answers[_i].line, &size);
    ck_assert_uint_eq(http_line_status(bytes, size), answers[_i].status);
}
END_TEST

START_TEST(preface_of_http_2_is_known)
{
    ck_assert(http_line_is_2("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24));
    ck_assert(!http_line_is_2("PRI * HTTP/2.0", 14));
}
END_TEST

SUITE("http_line", EACH(of_a_request_method_and_path_are_kept, sizeof requests / sizeof *requests),
      EACH(of_an_answer_the_status_is_kept, sizeof answers / sizeof *answers),
      ONCE(preface_of_http_2_is_known))
