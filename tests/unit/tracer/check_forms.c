/* A judged run as text, JUnit, SARIF and annotations; tests/schema validates the middle two. */
#include "check/judged.h"

#include "check/source_path.h"
#include "check/words.h"
#include "json_report.h"
#include "suite.h"

#include <stdlib.h>
#include <string.h>

static struct budget budget;
static struct summary run;
static struct verdicts verdicts;
static struct judged judged;

static struct allowance allowed[] = {
    {.call = "getaddrinfo", .function = "resolve", .reason = "once, <at> start", .line = 7},
    {.call = "sleep", .function = "nap", .reason = "left over", .line = 8},
};

static void begin(json_t *report)
{
    json_report_read(&run, report);
    budget_complete(&budget);
    verdicts_make(&verdicts, &run, &budget, NULL);
    judged = (struct judged){&verdicts, "1.2", "/project", NULL, 0};
}

static void end(void)
{
    verdicts_finish(&verdicts);
    summary_finish(&run);
}

/* Over its budget of 1 s, in a file whose name needs escaping everywhere. */
static void begin_over(void)
{
    json_t *report = json_report_make();
    REPORTED(report, .call = "poll", .stack = "!__poll -|wait<\"a\"&b> /project/a,b:c/w%20.c:33",
             .count = 3, .blocked_s = 4, .longest_s = 2, .serialized_s = 3);
    REPORTED(report, .call = "getaddrinfo", .stack = "resolve /usr/src/dns.c:9",
             .serialized_s = 0.5);
    json_report_find(report, 0, "7 connections waited", "Use a pool, 100 % of it.");
    budget = (struct budget){.path = "/project/ci/budget.ini",
                             .serialized_s = {true, 1, 4},
                             .longest_call_s = {true, 1.5, 5},
                             .allowed = allowed,
                             .allowed_count = 2};
    begin(report);
}

/* A rule that no call is behind. */
static void begin_unblamed(void)
{
    budget = (struct budget){.path = "/project/ci/budget.ini", .min_concurrency = {true, 5, 4}};
    begin(json_report_make());
}

static void begin_unmeasurable(void)
{
    json_t *report = json_report_make();
    json_report_set(report, "coverage", 0.5);
    budget = (struct budget){0};
    begin(report);
}

static char *print(void (*form)(const struct judged *judged, FILE *out))
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    form(&judged, out);
    fclose(out);
    return text;
}

static void print_plain(const struct judged *judged, FILE *out)
{
    judged_text(judged, &(struct style){.utf8 = true}, out);
}

/* Prints, looks for all parts, and frees. */
static void expect(void (*form)(const struct judged *judged, FILE *out), const char *const *parts,
                   size_t count)
{
    char *text = print(form);
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(strstr(text, parts[i]), "no '%s' in:\n%s", parts[i], text);
    free(text);
}
#define EXPECT(form, ...)                            \
    expect(form, (const char *const[]){__VA_ARGS__}, \
           sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* --- text --- */

START_TEST(text_has_a_line_for_each_rule)
{
    begin_over();
    EXPECT(
        print_plain, "within          min_coverage               100.0 %  at least 95.0 %\n",
        "over budget     serialized_s               3.000 s  at most 1.000 s\n"
        "    poll from wait<\"a\"&b> (a,b:c/w%20.c:33): 3 calls, blocked for 4.000 s, the longest "
        "2.000 s, serialized 3.000 s\n        7 connections waited\n        Use a pool, 100 % of "
        "it.\n",
        "allowed         getaddrinfo@resolve, 0.500 s serialized: once, <at> start\n",
        "allows nothing  sleep@nap matches no call of this run: remove "
        "/project/ci/budget.ini:8, or correct it\n",
        "\nover budget: run\n");
    end();
}
END_TEST

START_TEST(what_is_excused_has_a_line)
{
    json_t *report = json_report_make();
    budget = (struct budget){.serialized_s = {true, 1, 3}};
    REPORTED(report, .call = "close", .stack = "end<\"a\"&b> -", .count = 1, .serialized_s = 3,
             .excused = "it <stood> there");
    begin(report);
    EXPECT(print_plain,
           "excused         close from end<\"a\"&b>, serialized 3.000 s: it <stood> there\n");
    EXPECT(judged_markdown,
           "\nExcused: close from end\\<\"a\"\\&b\\>, serialized 3.000 s: it \\<stood\\> there\n");
    end();
}
END_TEST

START_TEST(text_says_what_cannot_be_measured)
{
    begin_unmeasurable();
    EXPECT(print_plain, "not measurable  min_coverage                50.0 %  at least 95.0 %\n",
           "within          lost_events                      0  at most 0\n",
           "not measurable  serialized_s               0.000 s  at most 0.200 s\n",
           "\nnot measurable: run\n");
    end();
}
END_TEST

/* One request after another, which no default limit forbids. */
static void begin_default(struct budget given)
{
    json_t *report = json_report_make();
    REPORTED(report, .call = "recv", .stack = "read r.c:3", .blocked_s = 9, .longest_s = 1.5,
             .serialized_s = 0.1);
    json_report_set(report, "effective_concurrency", 1);
    budget = given;
    begin(report);
}

START_TEST(text_says_that_no_limit_was_given_and_what_that_leaves_open)
{
    begin_default((struct budget){0});
    EXPECT(print_plain,
           "no limit        serialized_share             1.0 %  Share of the run in which a call "
           "held up other connections\n"
           "no limit        min_concurrency                  1  Requests in flight on average, "
           "while there were any\n"
           "no limit        longest_call_s             1.500 s  Seconds that a single call blocked "
           "its thread\n"
           "no limit and no baseline was given: ",
           "\nwithin the default limits: run\n");
    EXPECT(judged_markdown, "### greq: within the default limits: run\n",
           "| no limit | `min_concurrency` | 1 | |\n", "\nno limit and no baseline was given: ");
    end();
}
END_TEST

START_TEST(text_leaves_no_default_open_where_a_limit_was_given)
{
    begin_default((struct budget){.serialized_s = {true, 1, 4}});
    char *text = print(print_plain), *table = print(judged_markdown);
    ck_assert_msg(!strstr(text, "no limit") && strstr(text, "\nwithin: run\n"), "%s", text);
    ck_assert_msg(!strstr(table, "no limit") && strstr(table, ": within: run\n"), "%s", table);
    free(text);
    free(table);
    end();
}
END_TEST

/* --- JUnit --- */

START_TEST(junit_has_a_case_for_each_rule_and_guilty_call)
{
    begin_over();
    EXPECT(judged_junit, "tests=\"8\" failures=\"3\" errors=\"0\" skipped=\"1\" time=\"10.000\"",
           "<testcase classname=\"greq.rule\" name=\"min_coverage\"></testcase>",
           "name=\"serialized_s\"><failure message=\"over budget: serialized_s is 3.000 s (at most "
           "1.000 s)\">",
           "name=\"poll from wait&lt;&quot;a&quot;&amp;b&gt;\"><failure message=\"serialized_s is "
           "3.000 s (at most 1.000 s); longest_call_s is 2.000 s (at most 1.500 s)\">",
           "    wait&lt;&quot;a&quot;&amp;b&gt; (a,b:c/w%20.c:33)\n7 connections waited. What to "
           "do: Use a pool, "
           "100 % of it.\n",
           "name=\"getaddrinfo from resolve\"><skipped>once, &lt;at&gt; start</skipped>");
    end();
}
END_TEST

START_TEST(junit_has_errors_for_what_cannot_be_measured)
{
    begin_unmeasurable();
    judged.program = "fetch";
    judged.program_status = 3;
    EXPECT(judged_junit, "tests=\"12\" failures=\"0\" errors=\"9\"",
           "name=\"exit status\"><error message=\"fetch ended with status 3 by itself\">",
           "name=\"serialized_s\"><error message=\"not measurable: serialized_s is 0.000 s");
    end();
}
END_TEST

START_TEST(junit_shows_calls_that_cost_much_within_the_budget)
{
    json_t *report = json_report_make();
    REPORTED(report, .call = "poll", .stack = "wait w.c:3", .serialized_s = 0.3);
    REPORTED(report, .call = "recv", .stack = "wait w.c:3", .serialized_s = 0.1);
    budget = (struct budget){.serialized_s = {true, 1, 1}};
    begin(report);
    EXPECT(judged_junit, "tests=\"6\" failures=\"0\"",
           "<testcase classname=\"greq.call\" name=\"poll from wait\"></testcase>");
    end();
}
END_TEST

/* --- Markdown --- */

START_TEST(markdown_has_a_row_for_each_rule_and_the_calls_behind_those_exceeded)
{
    begin_over();
    EXPECT(judged_markdown, "### greq: over budget: run\n\n| outcome | rule | measured | limit |\n",
           "| within | `min_coverage` | 100.0 % | at least 95.0 % |\n",
           "| **over budget** | `serialized_s` | 3.000 s | at most 1.000 s |\n",
           "\n- **poll from wait\\<\"a\"\\&b\\> (a,b:c/w%20.c:33)**: serialized\\_s is 3.000 s (at "
           "most "
           "1.000 s); longest\\_call\\_s is 2.000 s (at most 1.500 s).\n  3 calls, blocked for "
           "4.000 s, "
           "the longest 2.000 s, serialized 3.000 s.\n  7 connections waited. What to do: Use a "
           "pool, 100 % of it.\n",
           "\nAllowed: getaddrinfo from resolve, 0.500 s serialized: once, \\<at\\> start\n",
           "\nAllowed: sleep from nap, which matches no call of this run: left over\n");
    end();
}
END_TEST

/* A name in a trace may not call people, link to what it likes or end the table. */
START_TEST(markdown_shows_names_and_obeys_none)
{
    json_t *report = json_report_make();
    REPORTED(report, .call = "poll", .stack = "@all~#1[x](y)*z*<b> w.c:3", .serialized_s = 3);
    json_report_find(report, 0, "1 | 2", "Stop.");
    budget = (struct budget){.serialized_s = {true, 1, 1}};
    begin(report);
    EXPECT(judged_markdown, "from \\@&#8203;all\\~\\#&#8203;1\\[x\\](y)\\*z\\*\\<b\\> (w.c:3)**",
           "1 \\| 2");
    end();
}
END_TEST

START_TEST(markdown_says_what_cannot_be_measured_and_what_to_do)
{
    begin_unmeasurable();
    judged.program = "fetch";
    judged.program_status = 3;
    EXPECT(judged_markdown, "### greq: not measurable: run\n\nThe program ended with status 3",
           "| **not measurable** | `min_coverage` | 50.0 % | at least 95.0 % |\n",
           "\n`min_coverage`: ");
    end();
}
END_TEST

/* --- SARIF --- */

static json_t *sarif(void)
{
    char *text = print(judged_sarif);
    json_t *root = json_loads(text, 0, NULL);
    ck_assert_msg(root, "%s", text);
    free(text);
    return root;
}

/* What stands at a path of keys and indices. */
static json_t *at(json_t *json, const char *path)
{
    char copy[256], *rest = copy;
    snprintf(copy, sizeof copy, "%s", path);
    for (char *part; (part = strsep(&rest, "/"));)
        json = json_is_array(json) ? json_array_get(json, atoi(part)) : json_object_get(json, part);
    ck_assert_msg(json, "no %s", path);
    return json;
}

static void is(json_t *root, const char *path, const char *value)
{
    ck_assert_str_eq(json_string_value(at(root, path)), value);
}

START_TEST(sarif_has_a_result_for_each_rule_and_call)
{
    begin_over();
    json_t *root = sarif();
    is(root, "runs/0/tool/driver/version", "1.2");
    ck_assert_uint_eq(json_array_size(at(root, "runs/0/tool/driver/rules")), RULE_COUNT);
    ck_assert_uint_eq(json_array_size(at(root, "runs/0/results")), 3);
    is(root, "runs/0/results/0/ruleId", "serialized_s");
    is(root, "runs/0/results/0/level", "error");
    is(root, "runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri",
       "a,b%3Ac/w%2520.c");
    ck_assert_int_eq(json_integer_value(at(
                         root, "runs/0/results/0/locations/0/physicalLocation/region/startLine")),
                     33);
    is(root, "runs/0/results/0/stacks/0/frames/0/location/logicalLocations/0/fullyQualifiedName",
       "__poll");
    is(root, "runs/0/results/0/message/text",
       "poll from wait<\"a\"&b>: 3 calls, blocked for 4.000 s, the longest 2.000 s, serialized "
       "3.000 "
       "s. serialized_s is 3.000 s (at most 1.000 s). 7 connections waited. What to do: Use a "
       "pool, 100 % of "
       "it.");
    is(root, "runs/0/results/1/ruleId", "longest_call_s");
    json_t *prints = at(root, "runs/0/results/0/partialFingerprints");
    ck_assert_uint_eq(strlen(json_string_value(json_object_get(prints, "greqCallSite/v1"))), 16);
    json_decref(root);
    end();
}
END_TEST

START_TEST(sarif_suppresses_what_is_allowed)
{
    begin_over();
    json_t *root = sarif();
    is(root, "runs/0/results/2/level", "note");
    is(root, "runs/0/results/2/suppressions/0/justification", "once, <at> start");
    is(root, "runs/0/results/2/locations/0/physicalLocation/artifactLocation/uri",
       "file:///usr/src/dns.c");
    json_decref(root);
    end();
}
END_TEST

START_TEST(sarif_shows_the_limit_where_no_call_is_known)
{
    begin_unblamed();
    json_t *root = sarif();
    is(root, "runs/0/results/0/ruleId", "min_concurrency");
    is(root, "runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri", "ci/budget.ini");
    json_decref(root);
    end();
}
END_TEST

START_TEST(sarif_has_no_results_of_what_cannot_be_measured)
{
    begin_unmeasurable();
    json_t *root = sarif();
    ck_assert_uint_eq(json_array_size(at(root, "runs/0/results")), 0);
    ck_assert(json_is_false(at(root, "runs/0/invocations/0/executionSuccessful")));
    const char *text = json_string_value(
        at(root, "runs/0/invocations/0/toolExecutionNotifications/0/message/text"));
    ck_assert_msg(strstr(text, "not measurable: min_coverage is 50.0 % (at least 95.0 %)"), "%s",
                  text);
    json_decref(root);
    end();
}
END_TEST

/* A name that is cut in the middle of a character must not cost the whole document. */
START_TEST(sarif_holds_any_name)
{
    char stack[2000] = "x";
    for (int i = 0; i < 400; i++)
        strcat(stack, "\xc3\xa9");
    strcat(stack, " w.c:3");
    json_t *report = json_report_make();
    REPORTED(report, .call = "poll", .stack = stack, .serialized_s = 3);
    budget = (struct budget){0};
    begin(report);
    json_t *root = sarif();
    ck_assert_uint_eq(json_array_size(at(root, "runs/0/results")), 1);
    json_decref(root);
    end();
}
END_TEST

/* --- annotations --- */

START_TEST(annotations_are_escaped)
{
    begin_over();
    EXPECT(judged_annotations,
           "::error title=greq%3A over budget,file=a%2Cb%3Ac/w%2520.c,line=33::poll from "
           "wait<\"a\"&b>: 3 calls, blocked for 4.000 s, the longest 2.000 s, serialized 3.000 s. "
           "serialized_s is 3.000 s (at most 1.000 s); longest_call_s is 2.000 s (at most 1.500 "
           "s). 7 connections waited. What to do: Use a pool, 100 %25 of it.\n");
    end();
}
END_TEST

START_TEST(annotations_show_the_limit_where_no_call_is_known)
{
    begin_unblamed();
    EXPECT(judged_annotations, "::error title=greq%3A over budget,file=ci/budget.ini,line=4::"
                               "min_concurrency is 4 (at least 5). ");
    end();
}
END_TEST

START_TEST(annotations_say_what_cannot_be_measured)
{
    begin_unmeasurable();
    EXPECT(judged_annotations, "::error title=greq%3A not measurable::min_coverage is 50.0 %25 (at "
                               "least 95.0 %25). ");
    char *text = print(judged_annotations);
    ck_assert_ptr_null(strstr(text, "serialized_s is"));
    free(text);
    end();
}
END_TEST

START_TEST(a_run_within_its_budget_has_none)
{
    budget = (struct budget){0};
    begin(json_report_make());
    char *text = print(judged_annotations);
    ck_assert_str_eq(text, "");
    free(text);
    end();
}
END_TEST

/* --- paths --- */

static const struct {
    const char *file, *path, *uri;
} paths[] = {
    {"/project/src/a.c", "src/a.c", "src/a.c"},
    {"/project//src/a.c", "src/a.c", "src/a.c"},
    {"/project/./a.c", "a.c", "a.c"},
    {"./src/a b.c", "src/a b.c", "src/a%20b.c"},
    {"/projects/a.c", "/projects/a.c", "file:///projects/a.c"},
    {"../src/a.c", "../src/a.c", "../src/a.c"},
    {"a:b#c?\xc3\xa9.c", "a:b#c?\xc3\xa9.c", "a%3Ab%23c%3F%C3%A9.c"},
};

START_TEST(files_are_named_from_the_root)
{
    char *uri = source_uri(paths[_i].file, "/project");
    ck_assert_str_eq(source_path(paths[_i].file, "/project"), paths[_i].path);
    ck_assert_str_eq(uri, paths[_i].uri);
    free(uri);
}
END_TEST

/* --- parts of the program --- */

START_TEST(every_form_names_the_part)
{
    struct mark_limits marks[] = {{.mark = "pay <now>", .line = 9, .serialized_s = {true, 1, 9}}};
    json_t *report = json_report_make();
    REPORTED(report, .call = "poll", .stack = "wait /project/w.c:33", .count = 3, .blocked_s = 4,
             .longest_s = 2, .serialized_s = 3);
    json_report_mark(report, "pay <now>", 2.5, 0, 2);
    budget = (struct budget){.path = "/project/b.ini", .marks = marks, .mark_count = 1};
    begin(report);
    EXPECT(print_plain, "over budget     serialized_s [pay <now>]    2.000 s  at most 1.000 s\n"
                        "    poll from wait (w.c:33): 1 call, blocked for 2.000 s");
    EXPECT(judged_junit, "name=\"serialized_s [pay &lt;now&gt;]\"");
    EXPECT(judged_markdown, "| **over budget** | `serialized_s` \\[pay \\<now\\>\\] | 2.000 s |",
           "- **poll from wait (w.c:33)**: serialized\\_s \\[pay \\<now\\>\\] is 2.000 s");
    EXPECT(judged_sarif, "serialized_s [pay <now>] is 2.000 s (at most 1.000 s)");
    EXPECT(judged_annotations, "serialized_s [pay <now>] is 2.000 s (at most 1.000 s)");
    end();
}
END_TEST

/* Of a call in which only ends what was computed, none is counted. */
START_TEST(no_calls_are_told_where_none_are_counted)
{
    json_t *report = json_report_make();
    REPORTED(report, .call = "exit", .stack = "main /project/w.c:33", .computing_s = 2);
    budget = (struct budget){.path = "/project/b.ini", .computing_s = {true, 1, 4}};
    begin(report);
    EXPECT(print_plain,
           "    exit from main (w.c:33): computed before it, while others waited, for 2.000 s\n");
    end();
}
END_TEST

/* Damaged reports may have any number. */
START_TEST(numbers_of_any_size_are_told)
{
    char text[FIGURE_SIZE];
    ck_assert_str_eq(words_figure(text, UNIT_NUMBER, -1e19), "-10000000000000000000");
    ck_assert_str_eq(words_figure(text, UNIT_NUMBER, 1e19), "10000000000000000000");
    ck_assert_str_eq(words_figure(text, UNIT_NUMBER, -2.5), "-2.50");
    ck_assert_str_eq(words_figure(text, UNIT_NUMBER, 2), "2");
}
END_TEST

SUITE("tracer: check forms", ONCE(numbers_of_any_size_are_told),
      ONCE(no_calls_are_told_where_none_are_counted), ONCE(text_has_a_line_for_each_rule),
      ONCE(what_is_excused_has_a_line), ONCE(text_says_what_cannot_be_measured),
      ONCE(text_says_that_no_limit_was_given_and_what_that_leaves_open),
      ONCE(text_leaves_no_default_open_where_a_limit_was_given),
      ONCE(junit_has_a_case_for_each_rule_and_guilty_call),
      ONCE(junit_has_errors_for_what_cannot_be_measured),
      ONCE(junit_shows_calls_that_cost_much_within_the_budget),
      ONCE(markdown_has_a_row_for_each_rule_and_the_calls_behind_those_exceeded),
      ONCE(markdown_shows_names_and_obeys_none),
      ONCE(markdown_says_what_cannot_be_measured_and_what_to_do),
      ONCE(sarif_has_a_result_for_each_rule_and_call), ONCE(sarif_suppresses_what_is_allowed),
      ONCE(sarif_shows_the_limit_where_no_call_is_known),
      ONCE(sarif_has_no_results_of_what_cannot_be_measured), ONCE(sarif_holds_any_name),
      ONCE(annotations_are_escaped), ONCE(annotations_show_the_limit_where_no_call_is_known),
      ONCE(annotations_say_what_cannot_be_measured), ONCE(a_run_within_its_budget_has_none),
      EACH(files_are_named_from_the_root, sizeof paths / sizeof *paths),
      ONCE(every_form_names_the_part))
