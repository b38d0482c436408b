/* tls_errors: bad servers among good ones. Each task has its own error, and none another's: the
 * error queue of OpenSSL belongs to the thread, and tasks share it. */
#include "facts.h"
#include "must_tasks.h"
#include "peer_client.h"

#include <errno.h>
#include <greq/greq.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const scripts[] = {
    "tls wait 200 say good eof",
    "wait 30 tls-expired eof",
    "tls wait 120 say good eof",
    "wait 60 say this-is-no-tls-at-all eof",
    "wait 20 tls wait 150 say good eof",
    "wait 50",
    "wait 90 reset",
    "tls wait 60 say good wait 90 say good eof",
    "tls wait 80",
    "tls wait 100 reset",
    "tls wait 70 tls-shutdown",
    "wait 10 tls wait 160 say good eof",
};
enum { TASKS = sizeof scripts / sizeof *scripts };

/* What a failed call is about, in words that do not change from run to run. */
static char *failure(const char *call, SSL *ssl, int result)
{
    static char texts[TASKS][128];
    static int next;
    char *text = texts[next++];
    int kind = SSL_get_error(ssl, result), system = errno;
    unsigned long error = ERR_get_error();
    const char *reason = error ? ERR_reason_error_string(error) : NULL;
    if (!reason)
        reason = kind == SSL_ERROR_SYSCALL && system ? error_name(system) : "";
    snprintf(text, sizeof texts[0], "%s: error %d, %s, verify %ld, more %d", call, kind, reason,
             SSL_get_verify_result(ssl), ERR_peek_error() != 0);
    return text;
}

static const char *talk(SSL *ssl)
{
    char answer[4];
    int result = SSL_connect(ssl);
    if (result != 1)
        return failure("SSL_connect", ssl, result);
    result = SSL_read(ssl, answer, sizeof answer);
    if (result <= 0)
        return failure("SSL_read", ssl, result);
    return result == 4 && memcmp(answer, "good", 4) == 0 ? "good" : "wrong answer";
}

static void *fetch(void *item)
{
    int index = (int)(intptr_t)item, fd = peer_open("%s", scripts[index]);
    SSL *ssl = peer_tls(fd);
    const char *verdict = talk(ssl);
    SSL_free(ssl);
    close(fd);
    ERR_clear_error();
    return (void *)verdict;
}

/* A task that keeps an error in its queue while it waits, as a careless library would. */
static void *leave_error(void *item)
{
    int index = (int)(intptr_t)item;
    bool clean = ERR_peek_error() == 0;
    ERR_raise(ERR_LIB_USER, index + 1);
    usleep(20000);
    bool mine = ERR_GET_REASON(ERR_peek_last_error()) == index + 1 &&
                ERR_peek_error() == ERR_peek_last_error();
    ERR_clear_error();
    usleep(20000);
    return clean && mine && ERR_peek_error() == 0 ? "own errors" : "another's errors";
}

static void tell(const char *what, void *(*fn)(void *))
{
    void *items[TASKS], *results[TASKS];
    for (int i = 0; i < TASKS; i++)
        items[i] = (void *)(intptr_t)i;
    double start = now_s();
    must_map(fn, items, results, TASKS, 0);
    timing(what, now_s() - start);
    for (int i = 0; i < TASKS; i++)
        fact("%s %d: %s", what, i, (const char *)results[i]);
}

int main(void)
{
    tell("fetch", fetch);
    tell("queue", leave_error);
}
