/*
 * doctor.c: greq doctor: can the preload reach a program, and what will it see there?
 */
#include "cmd/cmd.h"
#include "cmd/output.h"
#include "cmd/terminal.h"
#include "doctor/answer.h"

#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OPTION_ALL = 256, OPTION_SELF_TEST, EXIT_NOT_REACHED = 1, SELF_TEST_LIMIT_S = 5 };

struct arguments {
    const char *subject;
    const char *output; /* NULL: standard output */
    bool json;
    bool all;
    bool calls; /* it is the self-test's program, and makes its call */
};

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    switch (key) {
    case 'f':
        arguments->json = !strcmp(value, "json");
        if (!arguments->json && strcmp(value, "text"))
            argp_error(state, "unknown format '%s'; there are: text, json", value);
        return 0;
    case 'o':
        arguments->output = value;
        return 0;
    case 'a':
        arguments->all = true;
        return 0;
    case OPTION_SELF_TEST:
        arguments->calls = true;
        return 0;
    case ARGP_KEY_ARG:
        if (arguments->subject)
            argp_error(state, "one program or process at a time");
        arguments->subject = value;
        return 0;
    case ARGP_KEY_END:
        if (!arguments->subject && !arguments->calls)
            argp_error(state, "which program or process?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"format", 'f', "FORMAT", 0, "text (the default) or json", 0},
    {"output", 'o', "FILE", 0, "Write to FILE instead of standard output", 0},
    {"all", 'a', NULL, 0, "Name every module and function", 0},
    {SELF_TEST_OPTION, OPTION_SELF_TEST, NULL, OPTION_HIDDEN, "", 0},
    {0},
};

const struct argp cmd_doctor_argp = {
    .options = options,
    .parser = parse,
    .args_doc = "PROGRAM|PID",
    .doc = "Tells whether libgreq.so can reach PROGRAM, or has reached process PID: which of its "
           "calls would be seen, which that can wait would not, and who else takes them first. "
           "Nothing of PROGRAM is run."
           "\vThe exit status is 0 when greq reaches it, 1 when it does not or in part only, and 2 "
           "when there is no such program or process.",
};

/* A number is a process; a program of such a name can be written ./1234. */
static pid_t process_number(const char *subject)
{
    char *end;
    errno = 0;
    long number = strtol(subject, &end, 10);
    return !errno && end != subject && !*end && number > 0 && number <= INT_MAX ? (pid_t)number : 0;
}

static int diagnose(struct diagnosis *diagnosis, const char *subject, struct error *error)
{
    pid_t pid = process_number(subject);
    return pid ? diagnosis_of_process(diagnosis, pid, error)
               : diagnosis_of_program(diagnosis, subject, error);
}

static int write_answer(const struct arguments *arguments, const struct diagnosis *diagnosis,
                        struct error *error)
{
    struct output output;
    if (output_begin(&output, arguments->output, error))
        return -1;
    const struct style style = terminal_style(output.stream);
    if (arguments->json)
        answer_json(diagnosis, arguments->subject, output.stream);
    else
        answer_text(diagnosis, arguments->subject, arguments->all, &style, output.stream);
    return output_end(&output, error);
}

int cmd_doctor(int argc, char **argv)
{
    struct arguments arguments = {0};
    static struct diagnosis diagnosis;
    struct error error;
    argp_err_exit_status = EXIT_USAGE;
    argp_parse(&cmd_doctor_argp, argc, argv, 0, NULL, &arguments);
    if (arguments.calls) {
        alarm(SELF_TEST_LIMIT_S); /* whatever else is preloaded must not hold it up */
        self_test_call();
        return 0;
    }
    int status = diagnose(&diagnosis, arguments.subject, &error);
    if (!status)
        status = write_answer(&arguments, &diagnosis, &error);
    if (status)
        cmd_complain("%s", error.text);
    bool reached = diagnosis_verdict(&diagnosis) == VERDICT_REACHED;
    diagnosis_finish(&diagnosis);
    return status ? EXIT_USAGE : reached ? 0 : EXIT_NOT_REACHED;
}
