#include "options.h"

#include <argp.h>
#include <errno.h>
#include <string.h>

#include "clock.h"
#include "parse.h"

#define MAX_REQUESTS 1000000

enum option_key {
    OPTION_FILE = 'f',
    OPTION_COUNT = 'n',
    OPTION_LIMIT = 'l',
    OPTION_QUIET = 'q',
    OPTION_SERIAL = 256,
    OPTION_THREADS,
    OPTION_WAIT,
    OPTION_READER,
    OPTION_CACERT,
    OPTION_INSECURE,
    OPTION_TIMEOUT,
    OPTION_ANY_CONTENTS,
    OPTION_NO_TIMES,
};

static const struct argp_option option_table[] = {
    {NULL, 0, NULL, 0, "What to fetch:", 1},
    {"file", OPTION_FILE, "FILE", 0, "Fetch the URLs in FILE as well, one a line; - is stdin", 1},
    {"count", OPTION_COUNT, "N", 0, "Repeat the list of URLs until it is N requests", 1},
    {NULL, 0, NULL, 0, "How to run the requests (default: each as a task of greq):", 2},
    {"serial", OPTION_SERIAL, NULL, 0, "One after another", 2},
    {"threads", OPTION_THREADS, NULL, 0, "Each in a thread", 2},
    {"limit", OPTION_LIMIT, "K", 0, "At most K tasks or threads at once (default: 0, all of them)",
     2},
    {NULL, 0, NULL, 0, "How to wait:", 3},
    {"wait", OPTION_WAIT, "HOW", 0,
     "none: in the reading call itself (default); select or poll: there, for a socket that does "
     "not block",
     3},
    {"reader", OPTION_READER, "HOW", 0, "read: SSL_read (default); read_ex: SSL_read_ex", 3},
    {"timeout", OPTION_TIMEOUT, "SECONDS", 0, "For a whole request (default: 30)", 3},
    {NULL, 0, NULL, 0, "Whom to trust:", 4},
    {"cacert", OPTION_CACERT, "FILE", 0, "The certificates in FILE, not the system's", 4},
    {"insecure", OPTION_INSECURE, NULL, 0, "Everybody", 4},
    {"any-contents", OPTION_ANY_CONTENTS, NULL, 0,
     "Check only that answers are whole: for servers that are not delay_server", 4},
    {NULL, 0, NULL, 0, "What to print:", 5},
    {"no-times", OPTION_NO_TIMES, NULL, 0, "No times, so that two runs give the same text", 5},
    {"quiet", OPTION_QUIET, NULL, 0, "Only failures and the summary", 5},
    {NULL, 0, NULL, 0, "About:", -1},
    {NULL, 0, NULL, 0, NULL, 0},
};

static const char doc[] =
    "Fetch URLs (http:// and https://) and check what comes.\v"
    "Prints a line for each request, in the order of the URLs: its number, the status, the size "
    "of the body, the time it took, the URL.\n\n"
    "Exit status: 0 when all is well, 1 when a request failed, 2 for usage errors.";

static void parse_count(struct argp_state *state, const char *name, const char *text,
                        uint64_t smallest, size_t *count)
{
    uint64_t number;
    if (!parse_number(text, MAX_REQUESTS, &number) || number < smallest)
        argp_error(state, "%s: '%s' is not a number from %d to %d", name, text, (int)smallest,
                   MAX_REQUESTS);
    else
        *count = (size_t)number;
}

static void parse_timeout(struct argp_state *state, const char *text, int64_t *timeout)
{
    if (!parse_seconds(text, timeout) || *timeout == 0)
        argp_error(state, "--timeout: '%s' is not a time; it takes seconds, such as 2.5", text);
}

static void parse_wait(struct argp_state *state, const char *text, enum wait_how *wait)
{
    if (strcmp(text, "none") == 0)
        *wait = WAIT_NONE;
    else if (strcmp(text, "select") == 0)
        *wait = WAIT_SELECT;
    else if (strcmp(text, "poll") == 0)
        *wait = WAIT_POLL;
    else
        argp_error(state, "--wait: '%s' is not none, select or poll", text);
}

static void parse_reader(struct argp_state *state, const char *text, bool *read_ex)
{
    *read_ex = strcmp(text, "read_ex") == 0;
    if (!*read_ex && strcmp(text, "read") != 0)
        argp_error(state, "--reader: '%s' is not read or read_ex", text);
}

static void set_run(struct argp_state *state, struct options *options, enum run_how run)
{
    if (options->run != RUN_TASKS && options->run != run)
        argp_error(state, "--serial and --threads exclude each other");
    options->run = run;
}

static void add_url(struct argp_state *state, struct options *options, const char *url)
{
    if (!list_add(&options->urls, url))
        argp_failure(state, 2, errno, "cannot keep the URLs");
}

static void add_file(struct argp_state *state, struct options *options, const char *path)
{
    if (!list_add_file(&options->urls, path))
        argp_failure(state, 2, errno, "cannot read the URLs in %s", path);
}

static void finish(struct argp_state *state, struct options *options)
{
    if (options->urls.count == 0)
        argp_error(state, "nothing to fetch: name a URL, or a file of them with --file");
    if (options->run == RUN_SERIAL && options->limit)
        argp_error(state, "--limit has no meaning with --serial");
    if (options->count == 0)
        options->count = options->urls.count;
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    struct options *options = state->input;
    switch (key) {
    case OPTION_FILE:
        add_file(state, options, text);
        return 0;
    case OPTION_COUNT:
        parse_count(state, "--count", text, 1, &options->count);
        return 0;
    case OPTION_SERIAL:
        set_run(state, options, RUN_SERIAL);
        return 0;
    case OPTION_THREADS:
        set_run(state, options, RUN_THREADS);
        return 0;
    case OPTION_LIMIT:
        parse_count(state, "--limit", text, 0, &options->limit);
        return 0;
    case OPTION_WAIT:
        parse_wait(state, text, &options->wait);
        return 0;
    case OPTION_READER:
        parse_reader(state, text, &options->read_ex);
        return 0;
    case OPTION_TIMEOUT:
        parse_timeout(state, text, &options->timeout);
        return 0;
    case OPTION_CACERT:
        options->trusted = text;
        return 0;
    case OPTION_INSECURE:
        options->insecure = true;
        return 0;
    case OPTION_ANY_CONTENTS:
        options->check_contents = false;
        return 0;
    case OPTION_NO_TIMES:
        options->times = false;
        return 0;
    case OPTION_QUIET:
        options->quiet = true;
        return 0;
    case ARGP_KEY_ARG:
        add_url(state, options, text);
        return 0;
    case ARGP_KEY_END:
        finish(state, options);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

void options_parse(int argc, char **argv, struct options *options)
{
    static const struct argp argp = {option_table, parse_option, "[URL...]", doc, NULL, NULL, NULL};
    *options = (struct options){
        .timeout = 30 * NS_PER_SECOND,
        .check_contents = true,
        .times = true,
    };
    argp_program_version = "legacy_fetcher " GREQ_VERSION;
    argp_err_exit_status = 2;
    argp_parse(&argp, argc, argv, 0, NULL, options);
}

void options_finish(struct options *options)
{
    list_finish(&options->urls);
}
