#include "delay_server.h"

#include "expect.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIFETIME_S = 120 };

/* Takes "127.0.0.1:PORT" out of "... NAME=127.0.0.1:PORT ...". */
static void address_take(char address[32], const char *line, const char *name)
{
    char start[32];
    snprintf(start, sizeof start, " %s=", name);
    const char *found = strstr(line, start);
    ck_assert_msg(found, "no %s in: %s", name, line);
    found += strlen(start);
    snprintf(address, 32, "%.*s", (int)strcspn(found, " \n"), found);
}

void delay_server_start(struct delay_server *server)
{
    *server = (struct delay_server){0};
    scratch_make(&server->scratch);
    snprintf(server->certificates, sizeof server->certificates, "%s",
             scratch_path(&server->scratch, "ca.pem"));
    const char *const argv[] = {
        DELAY_SERVER, "--exit-with-parent", "--cert-out", server->certificates,
        "--https=0",  "--https-expired=0",  "--http=0",   NULL};
    memcpy(server->argv, argv, sizeof argv);
    server->victim = (struct victim){.argv = server->argv, .timeout_s = LIFETIME_S};
    victim_start(&server->running, &server->victim);
    char *line = victim_wait_line(&server->running, "listening ");
    address_take(server->https, line, "https");
    address_take(server->expired, line, "https-expired");
    address_take(server->http, line, "http");
    free(line);
}

void delay_server_stop(struct delay_server *server)
{
    struct victim_result result;
    kill(server->running.pid, SIGTERM);
    victim_finish(&server->running, &result);
    expect_that(result.exit_status == 0, &server->victim, &result, "delay_server failed");
    victim_result_free(&result);
    scratch_remove(&server->scratch);
}
