/* What is read of a metadata file, and how a bad one is refused. */
#include "trace/metadata.h"

#include "model/kind.h"

#include "suite.h"
#include "synthetic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int parse(struct metadata *metadata, const char *text, struct error *error)
{
    /* In a block of its exact size, so that ASan sees a read beyond it. */
    size_t size = strlen(text);
    char *copy = malloc(size ? size : 1);
    memcpy(copy, text, size);
    int status = metadata_parse(metadata, copy, size, error);
    free(copy);
    return status;
}

static void refuses(const char *text, const char *why)
{
    struct metadata metadata;
    struct error error;
    ck_assert_int_eq(parse(&metadata, text, &error), -1);
    ck_assert_msg(strstr(error.text, why), "'%s' does not say '%s'", error.text, why);
}

START_TEST(names_are_found_by_number)
{
    struct metadata metadata;
    struct error error;
    ck_assert_int_eq(parse(&metadata, synthetic_tsdl, &error), 0);
    ck_assert_uint_eq(metadata.format, 4);
    ck_assert_uint_eq(metadata.name_count, FN_SIGSUSPEND + 1);
    ck_assert_str_eq(metadata.names[FN_RECV], "__recv_chk");
    ck_assert_str_eq(metadata.names[FN_ACCEPT], "accept");
    metadata_finish(&metadata);
}
END_TEST

START_TEST(numbers_may_have_gaps)
{
    struct metadata metadata;
    struct error error;
    const char *text = "/* CTF 1.8 */ greq_format = 3; enum call_name : uint16_t { \"x\" = 300 };";
    ck_assert_int_eq(parse(&metadata, text, &error), 0);
    ck_assert_str_eq(metadata.names[300], "x");
    ck_assert_ptr_null(metadata.names[299]);
    metadata_finish(&metadata);
}
END_TEST

START_TEST(roles_are_found_by_name)
{
    struct metadata metadata;
    struct error error;
    ck_assert_int_eq(parse(&metadata, synthetic_tsdl, &error), 0);
    ck_assert_str_eq(metadata.roles[FN_RECV], "READ");
    ck_assert_str_eq(metadata.roles[FN_ACCEPT], "ACCEPT");
    metadata_finish(&metadata);
}
END_TEST

START_TEST(a_function_may_have_no_role)
{
    struct metadata metadata;
    struct error error;
    const char *text = "/* CTF 1.8 */ greq_format = 3; role_READ = \"yy  x\"; "
                       "enum call_name : uint16_t { \"y\" = 0, \"x\" = 1 };";
    ck_assert_int_eq(parse(&metadata, text, &error), 0);
    ck_assert_ptr_null(metadata.roles[0]);
    ck_assert_str_eq(metadata.roles[1], "READ");
    metadata_finish(&metadata);
}
END_TEST

/* Numbers may be left out, and so may roles behind the last one; a role without a function is of a
 * function that is not told. */
START_TEST(roles_come_in_the_order_of_numbers)
{
    struct metadata metadata;
    struct error error;
    const char *text = "/* CTF 1.8 */ greq_format = 6; call_roles = \"READ ODD WRITE \"; "
                       "enum call_name : uint16_t { \"y\" = 0, \"x\" = 2, \"z\" = 3, };";
    ck_assert_int_eq(parse(&metadata, text, &error), 0);
    ck_assert_str_eq(metadata.roles[0], "READ");
    ck_assert_ptr_null(metadata.names[1]);
    ck_assert_ptr_null(metadata.roles[1]);
    ck_assert_str_eq(metadata.roles[2], "WRITE");
    ck_assert_ptr_null(metadata.roles[3]);
    metadata_finish(&metadata);
}
END_TEST

START_TEST(a_malformed_role_is_refused)
{
    refuses(
        "/* CTF 1.8 */ greq_format = 6; enum call_name : uint16_t { \"x\" = 1 }; call_roles = 1;",
        "call_roles is no string");
    refuses(
        "/* CTF 1.8 */ greq_format = 3; enum call_name : uint16_t { \"x\" = 1 }; role_READ = 1;",
        "role_READ is no string");
    refuses("/* CTF 1.8 */ greq_format = 3; enum call_name : uint16_t { \"x\" = 1 }; role_READ;",
            "expected '='");
}
END_TEST

START_TEST(a_format_without_roles_is_refused)
{
    refuses("/* CTF 1.8 */ greq_format = 6; enum call_name : uint16_t { \"x\" = 1 };",
            "no list of roles (call_roles)");
    refuses("/* CTF 1.8 */ env { greq_format = 2; };", "written by an older greq (format 2)");
}
END_TEST

/* What a trace says is understood: only these are ordinary calls. */
START_TEST(every_role_is_known)
{
    static const char ordinary[] = " NONE TLS_END SYNC RELEASE IPC "
                                   "COPY PRINT DISK ";
    static const char *const roles[] = {
#define ROLE(name) " " #name " ",
#include "../../../shim/hooks.def"
    };
    char role[32];
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        snprintf(role, sizeof role, "%.*s", (int)strlen(roles[i]) - 2, roles[i] + 1);
        struct call_kind kind = kind_of(role);
        ck_assert_msg((kind.kind == KIND_OTHER && !kind.traits) == !!strstr(ordinary, roles[i]),
                      "%s", role);
    }
}
END_TEST

START_TEST(a_newer_format_is_refused_with_both_numbers)
{
    refuses("/* CTF 1.8 */ enum call_name : json { nothing }; env { greq_format = 8; };",
            "written by a newer greq (format 8, this one reads up to 6)");
    refuses("/* CTF 1.8 */ env { greq_format = 99999999999999999999999; };", "newer greq");
}
END_TEST

START_TEST(what_is_no_metadata_is_refused)
{
    refuses("", "not the metadata of a CTF 1.8 trace");
    refuses("/* CTF 2.0 */", "not the metadata of a CTF 1.8 trace");
    refuses("/* CTF 1.8 */ env { tracer_name = \"lttng\"; };", "no greq_format");
    refuses("/* CTF 1.8 */ env { a = \"greq_format\"; };", "no greq_format");
    refuses("/* CTF 1.8 */ /* greq_format = 3 */", "no greq_format");
    refuses("/* CTF 1.8 */ greq_format = one;", "greq_format has no number");
    refuses("/* CTF 1.8 */ greq_format = 3;", "no list of functions");
}
END_TEST

START_TEST(a_malformed_list_is_refused)
{
    static const struct {
        const char *list, *why;
    } cases[] = {
        {"= uint16_t { \"a\" = 0 }", "expected ':'"},
        {": uint32_t { \"a\" = 0 }", "expected 'uint16_t'"},
        {": uint16_t \"a\" = 0 }", "expected '{'"},
        {": uint16_t { a = 0 }", "must be a string"},
        {": uint16_t { \"\" = 0 }", "must be a string"},
        {": uint16_t { \"\033[2J\" = 0 }", "must be a string"},
        {": uint16_t { \"a\" 0 }", "expected '='"},
        {": uint16_t { \"a\" = b }", "'a' has no number"},
        {": uint16_t { \"a\" = 65536 }", "'a' has no number"},
        {": uint16_t { \"a\" = 0 \"b\" = 1 }", "no ','"},
        {": uint16_t { \"a\" = 0,", "is cut"},
    };
    char text[256];
    strcpy(text, "/* CTF 1.8 */ greq_format = 3; enum call_name ");
    size_t start = strlen(text);
    strcpy(text + start, cases[_i].list);
    refuses(text, cases[_i].why);
}
END_TEST

START_TEST(a_cut_text_is_refused_until_the_list_is_whole)
{
    const char *end_of_list = strstr(synthetic_tsdl, "};\nevent");
    size_t whole = end_of_list + 1 - synthetic_tsdl;
    for (size_t size = 0; size <= strlen(synthetic_tsdl); size++) {
        struct metadata metadata;
        struct error error;
        char *text = strndup(synthetic_tsdl, size);
        int status = parse(&metadata, text, &error);
        ck_assert_int_eq(status, size < whole ? -1 : 0);
        if (!status)
            metadata_finish(&metadata);
        free(text);
    }
}
END_TEST

SUITE("tracer: metadata", ONCE(names_are_found_by_number), ONCE(numbers_may_have_gaps),
      ONCE(roles_are_found_by_name), ONCE(a_function_may_have_no_role),
      ONCE(roles_come_in_the_order_of_numbers), ONCE(a_malformed_role_is_refused),
      ONCE(a_format_without_roles_is_refused), ONCE(every_role_is_known),
      ONCE(a_newer_format_is_refused_with_both_numbers), ONCE(what_is_no_metadata_is_refused),
      EACH(a_malformed_list_is_refused, 11), ONCE(a_cut_text_is_refused_until_the_list_is_whole))
