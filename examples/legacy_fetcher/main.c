/*
 * legacy_fetcher: fetches URLs over HTTP and HTTPS, checks every body, and waits as programs do
 * that were written for one request at a time: plainly blocking, or with select() or poll() around
 * a socket that does not block.
 *
 *     legacy_fetcher --cacert cert.pem --count 10 https://localhost:8443/delay/1
 *     LD_PRELOAD=libgreq.so legacy_fetcher --cacert cert.pem --count 10 https://...
 *
 * The first takes ten seconds, the second one: the requests are tasks of greq, which libgreq.so
 * overlaps. The program itself links nothing of greq.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "nofile.h"
#include "options.h"
#include "report.h"
#include "runner.h"
#include "tls.h"

#define EXIT_FAILED 1
#define EXIT_USAGE  2

/* The requests: the list of URLs, repeated or cut to the count that is wanted. NULL without memory.
 */
static struct fetch *make_fetches(const struct options *options,
                                  const struct fetch_settings *settings)
{
    struct fetch *fetches = calloc(options->count, sizeof *fetches);
    for (size_t i = 0; fetches && i < options->count; i++) {
        fetches[i].settings = settings;
        fetches[i].url = options->urls.items[i % options->urls.count];
    }
    return fetches;
}

static void run(const struct options *options, const struct runner *runner)
{
    switch (options->run) {
    case RUN_SERIAL:
        runner_run_serial(runner);
        return;
    case RUN_THREADS:
        runner_run_threads(runner);
        return;
    case RUN_TASKS:
        runner_run_tasks(runner);
        return;
    }
}

/* Returns the exit status. */
static int fetch_all(const struct options *options, SSL_CTX *tls)
{
    const struct fetch_settings settings = {
        .connection = {tls, options->timeout, options->wait, options->read_ex},
        .check_contents = options->check_contents,
    };
    struct report report = {.quiet = options->quiet, .times = options->times, .begin = clock_now()};
    struct runner runner = {make_fetches(options, &settings), options->count, options->limit,
                            report_fetch, &report};
    if (!runner.fetches) {
        fprintf(stderr, "legacy_fetcher: no memory for %zu requests\n", options->count);
        return EXIT_FAILED;
    }
    run(options, &runner);
    free(runner.fetches);
    if (!report_finish(&report)) {
        fprintf(stderr, "legacy_fetcher: cannot write to standard output (%s)\n", strerror(errno));
        return EXIT_FAILED;
    }
    return report.failed ? EXIT_FAILED : 0;
}

int main(int argc, char **argv)
{
    struct options options;
    struct error error;
    int status = EXIT_USAGE;
    options_parse(argc, argv, &options);
    signal(SIGPIPE, SIG_IGN);
    nofile_raise();
    SSL_CTX *tls = tls_context(options.trusted, options.insecure, &error);
    if (tls)
        status = fetch_all(&options, tls);
    else
        fprintf(stderr, "legacy_fetcher: %s\n", error.text);
    SSL_CTX_free(tls);
    options_finish(&options);
    return status;
}
