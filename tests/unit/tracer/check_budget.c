/* What a budget file may say, and what is said of one that is wrong. */
#include "check/budget.h"

#include "scratch.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static struct scratch scratch;

static const char *write_budget(const char *text)
{
    const char *path = scratch_path(&scratch, "budget.ini");
    FILE *file = fopen(path, "w");
    fputs(text, file);
    fclose(file);
    return path;
}

static void begin(struct budget *budget, const char *text)
{
    struct error error;
    scratch_make(&scratch);
    ck_assert_msg(budget_load(budget, write_budget(text), &error) == 0, "%s", error.text);
}

static void end(struct budget *budget)
{
    budget_finish(budget);
    scratch_remove(&scratch);
}

START_TEST(every_key_is_read_with_its_line)
{
    struct budget budget;
    begin(&budget, "\xef\xbb\xbf; a comment\n"
                   "[budget]\n"
                   "serialized_s = 0.5 ; another\n"
                   "  serialized_share=0.25\n"
                   "loop_blocked_s = 1\n"
                   "held_tasks_s = 2 \n"
                   "lock_wait_s = 3\n"
                   "min_concurrency = 4.5\r\n"
                   "\tmin_coverage = 0.9\n"
                   "longest_call_s = 12\n"
                   "# third\n"
                   "[baseline]\n"
                   "tolerance = 0.1\n"
                   "file = /srv/base line.json");
    ck_assert_double_eq(budget.serialized_s.value, 0.5);
    ck_assert_uint_eq(budget.serialized_s.line, 3);
    ck_assert_double_eq(budget.serialized_share.value, 0.25);
    ck_assert_double_eq(budget.loop_blocked_s.value, 1);
    ck_assert_double_eq(budget.held_tasks_s.value, 2);
    ck_assert_double_eq(budget.lock_wait_s.value, 3);
    ck_assert_double_eq(budget.min_concurrency.value, 4.5);
    ck_assert_uint_eq(budget.min_concurrency.line, 8);
    ck_assert_double_eq(budget.min_coverage.value, 0.9);
    ck_assert_double_eq(budget.longest_call_s.value, 12);
    ck_assert_double_eq(budget.tolerance.value, 0.1);
    ck_assert_str_eq(budget.baseline, "/srv/base line.json");
    end(&budget);
}
END_TEST

START_TEST(a_baseline_is_beside_its_budget)
{
    struct budget budget;
    begin(&budget, "[baseline]\nfile = reports/old.json\n");
    ck_assert_str_eq(budget.baseline, scratch_path(&scratch, "reports/old.json"));
    end(&budget);
}
END_TEST

START_TEST(allowances_name_functions_of_any_language)
{
    struct budget budget;
    begin(&budget, "[allow]\n"
                   "getaddrinfo@resolve_once = happens once = at the start\n"
                   "poll@net::Session<a, b>::wait(int) = the loop's own: wait\n");
    ck_assert_uint_eq(budget.allowed_count, 2);
    ck_assert_str_eq(budget.allowed[0].call, "getaddrinfo");
    ck_assert_str_eq(budget.allowed[0].function, "resolve_once");
    ck_assert_str_eq(budget.allowed[0].reason, "happens once = at the start");
    ck_assert_uint_eq(budget.allowed[0].line, 2);
    ck_assert_str_eq(budget.allowed[1].function, "net::Session<a, b>::wait(int)");
    ck_assert_str_eq(budget.allowed[1].reason, "the loop's own: wait");
    end(&budget);
}
END_TEST

START_TEST(what_is_left_out_has_a_default)
{
    struct budget budget = {0};
    budget_complete(&budget);
    ck_assert_double_eq(budget.serialized_s.value, 0.2);
    ck_assert_double_eq(budget.loop_blocked_s.value, 0.2);
    ck_assert_double_eq(budget.held_tasks_s.value, 0.2);
    ck_assert_double_eq(budget.lock_wait_s.value, 0.2);
    ck_assert_double_eq(budget.min_coverage.value, 0.95);
    ck_assert_double_eq(budget.tolerance.value, 0.2);
    ck_assert(!budget.longest_call_s.set && !budget.min_concurrency.set);
    ck_assert_uint_eq(budget.serialized_s.line, 0);
}
END_TEST

START_TEST(marks_have_limits_of_their_own)
{
    struct budget budget;
    begin(&budget, "[mark checkout]\n"
                   "wall_s = 2\n"
                   "[mark tests/a.py::test[1]] ; a comment ]\n"
                   "serialized_s = 0.5\n"
                   "[mark checkout]\n"
                   "longest_call_s = 1\n");
    budget_complete(&budget);
    ck_assert_uint_eq(budget.mark_count, 2);
    ck_assert_str_eq(budget.marks[0].mark, "checkout");
    ck_assert_double_eq(budget.marks[0].wall_s.value, 2);
    ck_assert_uint_eq(budget.marks[0].wall_s.line, 2);
    ck_assert_double_eq(budget.marks[0].longest_call_s.value, 1);
    ck_assert(!budget.marks[0].serialized_s.set);
    ck_assert_str_eq(budget.marks[1].mark, "tests/a.py::test[1]");
    ck_assert_double_eq(budget.marks[1].serialized_s.value, 0.5);
    ck_assert(!budget.serialized_s.set); /* what is to be judged has been said */
    end(&budget);
}
END_TEST

/* Who sets one limit, or compares, has said what is to be judged. */
START_TEST(what_is_judged_otherwise_has_no_other_limit)
{
    static const char *const texts[] = {"[budget]\nlongest_call_s = 1\n",
                                        "[baseline]\nfile = old.json\n"};
    struct budget budget;
    begin(&budget, texts[_i]);
    budget_complete(&budget);
    ck_assert(!budget.serialized_s.set && !budget.loop_blocked_s.set && !budget.held_tasks_s.set &&
              !budget.lock_wait_s.set);
    ck_assert_double_eq(budget.min_coverage.value, 0.95);
    end(&budget);
}
END_TEST

static const struct {
    const char *text;
    const char *fault;
} faults[] = {
    {"serialized_s = 1\n", ":1: 'serialized_s' is in no section: write [budget] above it"},
    {"[budget]\nserialised_s = 1\n", ":2: unknown key 'serialised_s'; [budget] has serialized_s,"},
    {"[baseline]\nfiles = 1\n", ":2: unknown key 'files'; [baseline] has file, tolerance"},
    {"\n[limits]\nserialized_s = 1\n", ":3: unknown section [limits]; there are [budget], [allow]"},
    {"[budget]\nserialized_s 1\n", ":2: neither [section] nor key = value"},
    {"[budget]\nserialized_s: 1\n", ":2: neither [section] nor key = value"},
    {"[budget\nserialized_s = 1\n", ":1: neither [section] nor key = value"},
    {"[budget]\nserialized_s =\n", ":2: serialized_s = : not a number; write it as 2 or 0.5"},
    {"[budget]\nserialized_s = 1s\n", ":2: serialized_s = 1s: not a number"},
    {"[budget]\nserialized_s = 0,5\n", ":2: serialized_s = 0,5: not a number"},
    {"[budget]\nserialized_s = -1\n", ":2: serialized_s = -1: not a number"},
    {"[budget]\nserialized_s = 1e3\n", ":2: serialized_s = 1e3: not a number"},
    {"[budget]\nserialized_s = .5\n", ":2: serialized_s = .5: not a number"},
    {"[budget]\nserialized_s = 5.\n", ":2: serialized_s = 5.: not a number"},
    {"[budget]\nserialized_s = inf\n", ":2: serialized_s = inf: not a number"},
    {"[budget]\nserialized_s = 0x1\n", ":2: serialized_s = 0x1: not a number"},
    {"[budget]\nmin_coverage = 95\n",
     ":2: min_coverage = 95: not a share; write a fraction from 0"},
    {"[budget]\nserialized_share = 1.5\n", ":2: serialized_share = 1.5: not a share"},
    {"[budget]\nserialized_s = 1\n\nserialized_s = 2\n",
     ":4: serialized_s is given twice, first on line 2: keep one"},
    {"[baseline]\nfile = a\nfile = b\n", ":3: file is given twice: keep one"},
    {"[baseline]\nfile =\n", ":2: file names no file"},
    {"[allow]\npoll@main =\n", ":2: poll@main: no reason is given: write why it is allowed"},
    {"[allow]\npoll@main\n", ":2: neither [section] nor key = value"},
    {"[allow]\npoll = why\n", ":2: poll: write CALL@FUNCTION = reason"},
    {"[allow]\n@main = why\n", ":2: @main: write CALL@FUNCTION = reason"},
    {"[allow]\npoll@ = why\n", ":2: poll@: write CALL@FUNCTION = reason"},
    {"[allow]\npoll@a = b\x1f\n", ":2: has a control character: remove it"},
    {"[mark]\nwall_s = 1\n", ":1: a mark has no name: write [mark NAME]"},
    {"[mark  ] ; a ]\nwall_s = 1\n", ":1: a mark has no name: write [mark NAME]"},
    {"[mark a\nwall_s = 1\n", ":1: neither [section] nor key = value"},
    {"[marks a]\nwall_s = 1\n", ":2: unknown section [marks a]; there are [budget], [allow]"},
    {"[mark a]\nmin_coverage = 1\n", ":2: unknown key 'min_coverage'; [mark] has serialized_s,"},
    {"[budget]\nwall_s = 1\n", ":2: unknown key 'wall_s'; [budget] has serialized_s,"},
    {"\n[mark a]\n[mark b]\nwall_s = 1\n", ":2: [mark a] has no limit: write one below it"},
    {"[mark a]\nwall_s = 1\n[mark  a ]\nwall_s = 2\n",
     ":4: wall_s is given twice, first on line 2: keep one"},
    /* The first fault counts. */
    {"[budget]\nserialized_s = x\nfly = 1\n", ":2: serialized_s = x: not a number"},
};

START_TEST(a_fault_is_told_with_its_line_and_what_to_do)
{
    struct budget budget;
    struct error error;
    scratch_make(&scratch);
    const char *path = write_budget(faults[_i].text);
    ck_assert_int_eq(budget_load(&budget, path, &error), -1);
    ck_assert_msg(
        !strncmp(error.text, path, strlen(path)) &&
            !strncmp(error.text + strlen(path), faults[_i].fault, strlen(faults[_i].fault)),
        "%s", error.text);
    scratch_remove(&scratch);
}
END_TEST

/* inih reads lines of two hundred characters, and takes the rest of a longer one for another. */
START_TEST(a_line_that_is_too_long_is_not_cut)
{
    char text[1200];
    struct budget budget;
    struct error error;
    scratch_make(&scratch);
    snprintf(text, sizeof text, "[budget]\n\n[allow]\npoll@f = %0*d\n", 1000, 1);
    ck_assert_int_eq(budget_load(&budget, write_budget(text), &error), -1);
    ck_assert_msg(strstr(error.text, "budget.ini:4: longer than "), "%s", error.text);
    scratch_remove(&scratch);
}
END_TEST

START_TEST(what_cannot_be_read_is_told)
{
    struct budget budget;
    struct error error;
    scratch_make(&scratch);
    ck_assert_int_eq(budget_load(&budget, scratch_path(&scratch, "none.ini"), &error), -1);
    ck_assert_msg(strstr(error.text, "none.ini: No such file or directory"), "%s", error.text);
    ck_assert_int_eq(budget_load(&budget, scratch.path, &error), -1);
    ck_assert_msg(strstr(error.text, "Is a directory"), "%s", error.text);
    scratch_remove(&scratch);
}
END_TEST

SUITE("tracer: check budget", ONCE(every_key_is_read_with_its_line),
      ONCE(a_baseline_is_beside_its_budget), ONCE(allowances_name_functions_of_any_language),
      ONCE(what_is_left_out_has_a_default), EACH(what_is_judged_otherwise_has_no_other_limit, 2),
      ONCE(marks_have_limits_of_their_own),
      EACH(a_fault_is_told_with_its_line_and_what_to_do, sizeof faults / sizeof *faults),
      ONCE(a_line_that_is_too_long_is_not_cut), ONCE(what_cannot_be_read_is_told))
