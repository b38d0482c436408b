/*
 * judged_junit.c: a judged run as JUnit's XML: first all cases are collected, since the suite
 * begins with their number, then they are written.
 */
#include "check/judged.h"

#include "base/memory.h"
#include "check/call_site.h"
#include "check/compare.h"
#include "check/source_path.h"
#include "check/words.h"

#include <stdlib.h>
#include <string.h>

/* What a case came to. */
enum result { RESULT_PASSED, RESULT_FAILED, RESULT_ERROR, RESULT_SKIPPED, RESULT_COUNT };

/* One case: a rule, a call site, or the program itself. Its texts are made by open_memstream. */
struct test_case {
    const char *group; /* the "class", by which readers sort */
    char *name;
    enum result result;
    char *message; /* of what did not pass: one line */
    char *details; /* and more of it */
};

struct cases {
    struct test_case *items;
    size_t count;
    size_t capacity;
    size_t counts[RESULT_COUNT];
};

/* A text that is being written. */
struct draft {
    char *text;
    size_t size;
    FILE *out;
};

static FILE *draft_begin(struct draft *draft)
{
    draft->out = open_memstream(&draft->text, &draft->size);
    if (!draft->out)
        abort();
    return draft->out;
}

static char *draft_end(struct draft *draft)
{
    fclose(draft->out);
    return draft->text;
}

static void add(struct cases *cases, struct test_case more)
{
    cases->items = memory_grow(cases->items, cases->count, &cases->capacity, sizeof *cases->items);
    cases->items[cases->count++] = more;
    cases->counts[more.result]++;
}

static void free_cases(struct cases *cases)
{
    for (size_t i = 0; i < cases->count; i++) {
        free(cases->items[i].name);
        free(cases->items[i].message);
        free(cases->items[i].details);
    }
    free(cases->items);
}

/* --- calls --- */

enum { NAMES_MAX = 6 };

/* "poll from wait_readable < fetch < main": the same from build to build, as names of tests are. */
static char *site_name(const struct call_site *site)
{
    struct draft draft;
    FILE *out = draft_begin(&draft);
    const char *before = " from ";
    fputs(site->call, out);
    for (size_t i = 0, names = 0; i < site->depth && names < NAMES_MAX; i++)
        if (!site->stack[i].is_runtime) {
            fprintf(out, "%s%s", before, site->stack[i].function);
            before = " < ";
            names++;
        }
    return draft_end(&draft);
}

static void print_frame(const struct judged *judged, FILE *out, const struct site_frame *frame)
{
    if (*frame->file)
        fprintf(out, "    %s (%s:%u)\n", frame->function, source_path(frame->file, judged->root),
                frame->line);
    else
        fprintf(out, "    %s\n", frame->function);
}

static void print_site(const struct judged *judged, FILE *out, const struct call_site *site)
{
    char text[SENTENCE_SIZE];
    fprintf(out, "%s", words_site(text, site));
    fprintf(out, ": %s, called from\n", words_cost(text, site));
    for (size_t i = 0; i < site->depth; i++)
        print_frame(judged, out, &site->stack[i]);
    char *finding = words_finding(site);
    fprintf(out, "%s\n", finding);
    free(finding);
}

static char *describe(const struct judged *judged, const struct call_site *site)
{
    struct draft draft;
    print_site(judged, draft_begin(&draft), site);
    return draft_end(&draft);
}

static void add_site(const struct judged *judged, struct cases *cases, const struct call_site *site)
{
    const struct allowance *allowance = verdicts_allowance(judged->verdicts, site);
    struct test_case test = {.group = "greq.call"};
    if (allowance) {
        test.result = RESULT_SKIPPED;
        test.message = memory_copy(allowance->reason);
    } else if ((test.message = words_accusation(judged->verdicts, site))) {
        test.result = RESULT_FAILED;
        test.details = describe(judged, site);
    } else if (site->serialized_s < COMPARE_FLOOR_S) {
        return; /* nobody's interest */
    }
    test.name = site_name(site);
    add(cases, test);
}

/* --- rules --- */

static void print_culprits(const struct judged *judged, FILE *out, const struct verdict *verdict)
{
    for (size_t i = 0; i < verdict->culprit_count; i++)
        print_site(judged, out, verdict->culprits[i]);
}

/* What the rule means, and the calls behind it. */
static char *explain(const struct judged *judged, const struct verdict *verdict)
{
    struct draft draft;
    FILE *out = draft_begin(&draft);
    fprintf(out, "%s\n", verdict->rule->help);
    print_culprits(judged, out, verdict);
    return draft_end(&draft);
}

static void add_verdict(const struct judged *judged, struct cases *cases,
                        const struct verdict *verdict)
{
    static const enum result results[] = {
        [OUTCOME_WITHIN] = RESULT_PASSED,
        [OUTCOME_OVER] = RESULT_FAILED,
        [OUTCOME_UNMEASURABLE] = RESULT_ERROR,
    };
    char name[SENTENCE_SIZE];
    struct test_case test = {
        .group = "greq.rule",
        .name = memory_copy(words_rule(name, verdict)),
        .result = results[verdict->outcome],
    };
    if (test.result != RESULT_PASSED) {
        struct draft draft;
        char text[SENTENCE_SIZE];
        fprintf(draft_begin(&draft), "%s: %s", outcome_name(verdict->outcome),
                words_verdict(text, verdict));
        test.message = draft_end(&draft);
    }
    if (verdict_is_reason(verdict))
        test.details = explain(judged, verdict);
    add(cases, test);
}

static void add_program(const struct judged *judged, struct cases *cases)
{
    struct draft draft;
    struct test_case test = {.group = "greq.program", .name = memory_copy("exit status")};
    if (judged->program_status) {
        fprintf(draft_begin(&draft), "%s ended with status %d by itself", judged->program,
                judged->program_status);
        test.result = RESULT_ERROR;
        test.message = draft_end(&draft);
    }
    add(cases, test);
}

static void collect(const struct judged *judged, struct cases *cases)
{
    const struct verdicts *verdicts = judged->verdicts;
    if (judged->program)
        add_program(judged, cases);
    for (size_t i = 0; i < verdicts->count; i++)
        add_verdict(judged, cases, &verdicts->items[i]);
    for (size_t i = 0; i < verdicts->run->site_count; i++)
        add_site(judged, cases, &verdicts->run->sites[i]);
}

/* --- XML --- */

/* The bytes of a character that no XML 1.0 document may hold: a control character, U+FFFE or
 * U+FFFF; 0: it may be there. */
static size_t forbidden_length(const char *at)
{
    if ((unsigned char)*at < ' ' && *at != '\n')
        return 1;
    return !strncmp(at, "\xef\xbf\xbe", 3) || !strncmp(at, "\xef\xbf\xbf", 3) ? 3 : 0;
}

static const char *entity(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    default:
        return NULL;
    }
}

static void print_text(FILE *out, const char *text)
{
    for (size_t skipped; *text; text += skipped ? skipped : 1) {
        skipped = forbidden_length(text);
        if (skipped)
            fputc('?', out);
        else if (entity(*text))
            fputs(entity(*text), out);
        else
            fputc(*text, out);
    }
}

static void print_attribute(FILE *out, const char *name, const char *value)
{
    fprintf(out, " %s=\"", name);
    print_text(out, value);
    fputs("\"", out);
}

static void print_problem(FILE *out, const char *element, const struct test_case *test)
{
    fprintf(out, "<%s", element);
    print_attribute(out, "message", test->message);
    fputs(">", out);
    print_text(out, test->details ? test->details : test->message);
    fprintf(out, "</%s>", element);
}

static void print_case(FILE *out, const struct test_case *test)
{
    fputs("    <testcase", out);
    print_attribute(out, "classname", test->group);
    print_attribute(out, "name", test->name);
    fputs(">", out);
    switch (test->result) {
    case RESULT_FAILED:
        print_problem(out, "failure", test);
        break;
    case RESULT_ERROR:
        print_problem(out, "error", test);
        break;
    case RESULT_SKIPPED:
        fputs("<skipped>", out);
        print_text(out, test->message);
        fputs("</skipped>", out);
        break;
    default:
        break;
    }
    fputs("</testcase>\n", out);
}

static void print_cases(const struct judged *judged, const struct cases *cases, FILE *out)
{
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite", out);
    print_attribute(out, "name", "greq check");
    fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%.3f\">\n",
            cases->count, cases->counts[RESULT_FAILED], cases->counts[RESULT_ERROR],
            cases->counts[RESULT_SKIPPED], judged->verdicts->run->wall_s);
    for (size_t i = 0; i < cases->count; i++)
        print_case(out, &cases->items[i]);
    fputs("  </testsuite>\n</testsuites>\n", out);
}

void judged_junit(const struct judged *judged, FILE *out)
{
    struct cases cases = {0};
    collect(judged, &cases);
    print_cases(judged, &cases, out);
    free_cases(&cases);
}
