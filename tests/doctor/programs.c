/* Programs that do not run: what reaches them, what they import, and who else takes their calls. */
#include "ask.h"
#include "scratch.h"
#include "suite.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct scratch scratch;

/* --- files that are made for a test --- */

static void write_bytes(const char *path, const char *bytes, size_t size, mode_t mode)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    fclose(file);
    ck_assert_int_eq(chmod(path, mode), 0);
}

struct bytes {
    char *data;
    size_t size;
};

static struct bytes read_bytes(const char *path)
{
    struct stat status;
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fstat(fileno(file), &status), 0);
    struct bytes bytes = {malloc(status.st_size), status.st_size};
    ck_assert_uint_eq(fread(bytes.data, 1, bytes.size, file), bytes.size);
    fclose(file);
    return bytes;
}

/* A copy of a program in which a text, NUL and all, is another that is not longer. */
static const char *edited_copy(const char *program, const char *old, const char *new)
{
    const char *path = scratch_path(&scratch, "edited");
    struct bytes bytes = read_bytes(program);
    char *at = memmem(bytes.data, bytes.size, old, strlen(old) + 1);
    ck_assert_msg(at, "%s does not hold '%s'", program, old);
    memset(at, 0, strlen(old));
    memcpy(at, new, strlen(new));
    write_bytes(path, bytes.data, bytes.size, 0700);
    free(bytes.data);
    return path;
}

static const char *copy(const char *program, mode_t mode)
{
    const char *path = scratch_path(&scratch, "copy");
    struct bytes bytes = read_bytes(program);
    write_bytes(path, bytes.data, bytes.size, mode);
    free(bytes.data);
    return path;
}

static json_t *ask_victim(const char *name, int status)
{
    return ask(victim_path(name), status, NULL);
}

/* Asks about a program that greq cannot reach, for one reason. */
static void expect_obstacle(const char *program, const char *word, const char *part)
{
    json_t *answer = ask(program, 1, NULL);
    expect_verdict(answer, "not");
    expect_finding(answer, "obstacle", word, part);
    json_decref(answer);
}

/* --- what is reached --- */

START_TEST(imports_are_told_by_module)
{
    json_t *answer = ask_victim("doctor_calls", 0);
    expect_verdict(answer, "reached");
    const json_t *program = module_of(answer, "doctor_calls");
    ck_assert_str_eq(json_string_value(json_object_get(program, "role")), "program");
    ck_assert(imports(program, "hooked", "socket", "recv"));
    ck_assert(imports(program, "hooked", "time", "sleep"));
    ck_assert(imports(program, "not_hooked", "ipc", "msgrcv"));
    ck_assert(imports(program, "not_hooked", "raw", "syscall"));
    ck_assert(!imports(program, "hooked", "socket", "send"));
    ck_assert(!imports(program, "not_hooked", "lock", "sem_wait"));
    const json_t *libc = module_of(answer, "libc.so.6");
    ck_assert_str_eq(json_string_value(json_object_get(libc, "role")), "needed");
    ck_assert_uint_eq(json_object_size(json_object_get(libc, "hooked")), 0);
    if (GREQ_PLAIN_BUILD) /* a sanitizer's runtime defines as much as it can */
        ck_assert_uint_eq(json_object_size(json_object_get(answer, "interposed")), 0);
    ck_assert_int_ge(json_integer_value(json_object_get(answer, "hooked_count")), 2);
    ck_assert_int_ge(json_integer_value(json_object_get(answer, "not_hooked_count")), 2);
    json_decref(answer);
}
END_TEST

START_TEST(the_loader_would_take_the_library_and_a_hook_fires)
{
    json_t *answer = ask_victim("doctor_calls", 0);
    const json_t *library = json_object_get(answer, "library");
    ck_assert(json_is_true(json_object_get(library, "loaded")));
    ck_assert_int_ge(json_integer_value(json_object_get(library, "trace_format")), 2);
    ck_assert_str_eq(json_string_value(json_object_get(module_of(answer, "libgreq.so"), "role")),
                     "preloaded");
    const json_t *test = json_object_get(answer, "self_test");
    ck_assert(json_is_true(json_object_get(test, "done")));
    ck_assert_msg(json_is_true(json_object_get(test, "passed")), "%s",
                  json_string_value(json_object_get(test, "text")));
    json_decref(answer);
}
END_TEST

START_TEST(programs_of_others_are_examined)
{
    static const struct {
        const char *path, *module, *group, *function;
    } programs[] = {
        {"/bin/bash", "bash", "select", "select"},
        {"/usr/bin/curl", "curl", "select", "poll"},
        {"/usr/bin/git", "git", "socket", "read"},
        {"/usr/bin/openssl", "openssl", "ssl", "SSL_read"},
    };
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        json_t *answer = ask(programs[i].path, 0, NULL);
        expect_verdict(answer, "reached");
        ck_assert_msg(imports(module_of(answer, programs[i].module), "hooked", programs[i].group,
                              programs[i].function),
                      "%s does not import %s", programs[i].path, programs[i].function);
        json_decref(answer);
    }
    json_t *answer = ask("/usr/bin/python3", 0, NULL);
    expect_finding(answer, "note", "python", "opens extension modules");
    json_decref(answer);
}
END_TEST

START_TEST(scripts_are_followed_to_what_runs)
{
    scratch_make(&scratch);
    const char *script = scratch_path(&scratch, "script");
    const char text[] = "#!/usr/bin/env sh\necho $0\n";
    write_bytes(script, text, strlen(text), 0700);
    json_t *answer = ask(script, 0, WORDS("PATH=/bin"));
    expect_texts(json_object_get(answer, "steps"), WORDS(script, "/usr/bin/env", "/bin/sh"));
    expect_finding(answer, "note", "script", "the programs that the script starts");
    json_decref(answer);
    scratch_remove(&scratch);
}
END_TEST

static void expect_keys(const json_t *object, const char *const *keys)
{
    size_t count = 0;
    for (; keys[count]; count++)
        ck_assert_msg(json_object_get(object, keys[count]), "no key '%s'", keys[count]);
    ck_assert_uint_eq(json_object_size(object), count);
}

/* Those that the manual page has. */
START_TEST(the_documented_keys_are_there)
{
    json_t *answer = ask_victim("doctor_calls", 0);
    ck_assert_int_eq(json_integer_value(json_object_get(answer, "schema")), 1);
    ck_assert_int_eq(json_integer_value(json_object_get(answer, "pid")), 0);
    ck_assert_str_eq(json_string_value(json_object_get(answer, "subject")),
                     victim_path("doctor_calls"));
    expect_keys(answer, WORDS("schema", "subject", "pid", "steps", "verdict", "findings", "library",
                              "environment", "hooked_count", "not_hooked_count", "modules",
                              "interposed", "self_test"));
    expect_keys(json_object_get(answer, "library"),
                WORDS("path", "loaded", "other_than_own", "trace_format", "version", "build_id"));
    expect_keys(json_object_get(answer, "self_test"), WORDS("done", "passed", "text"));
    expect_keys(module_of(answer, "doctor_calls"),
                WORDS("name", "path", "role", "readable", "hooked", "not_hooked", "symbolic",
                      "dlopen", "openssl_inside"));
    json_decref(answer);
    answer = ask_victim("variant_static", 1);
    expect_keys(json_array_get(json_object_get(answer, "findings"), 0),
                WORDS("weight", "word", "text"));
    json_decref(answer);
}
END_TEST

/* --- what is not --- */

START_TEST(files_that_a_preload_cannot_get_into)
{
    scratch_make(&scratch);
    expect_obstacle(victim_path("variant_static"), "static", "statically linked: ");
    expect_obstacle(victim_path("doctor_static_go"), "static", "a statically linked Go program");
    expect_obstacle(copy(victim_path("doctor_calls"), 04755), "setuid", "setuid");
    expect_obstacle(copy("/bin/true", 0600), "not_a_program", "Permission denied");
    write_bytes(scratch_path(&scratch, "data"), "\0\1\2\3", 4, 0700);
    expect_obstacle(scratch_path(&scratch, "data"), "not_a_program", "neither a program");
    scratch_remove(&scratch);
}
END_TEST

START_TEST(another_libc_and_another_word_size)
{
    static const char *const loaders[] = {"/lib64/ld-linux-x86-64.so.2",
                                          "/lib/ld-linux-aarch64.so.1"};
    scratch_make(&scratch);
    for (size_t i = 0; i < 2; i++)
        if (access(loaders[i], X_OK) == 0)
            expect_obstacle(
                edited_copy(victim_path("doctor_calls"), loaders[i], "/lib/ld-musl.so.1"),
                "other_libc", "needs glibc");
    for (size_t i = 0; i < 2; i++)
        if (access(loaders[i], X_OK) == 0)
            expect_obstacle(edited_copy(victim_path("doctor_calls"), loaders[i], "/x/ld-linux.so"),
                            "missing_loader", "its loader /x/ld-linux.so: No such file");
    Elf32_Ehdr header = {.e_type = ET_EXEC, .e_machine = EM_386, .e_version = EV_CURRENT};
    memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS32;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_ehsize = sizeof header;
    write_bytes(scratch_path(&scratch, "small"), (char *)&header, sizeof header, 0700);
    expect_obstacle(scratch_path(&scratch, "small"), "32_bit", "a 32-bit program");
    scratch_remove(&scratch);
}
END_TEST

START_TEST(a_library_that_is_missing)
{
    scratch_make(&scratch);
    expect_obstacle(edited_copy(victim_path("doctor_interposed"), "libdoctor_interposer.so",
                                "libdoctor_interposes.so"),
                    "missing_library", "libdoctor_interposes.so: not found");
    scratch_remove(&scratch);
}
END_TEST

/* A greq of its own, with what it takes for its library next to it. */
static json_t *ask_copy(const char *library)
{
    struct victim_result result;
    scratch_make(&scratch);
    const char *greq = copy(GREQ_COMMAND, 0700);
    struct bytes bytes = read_bytes(library);
    write_bytes(scratch_path(&scratch, "libgreq.so"), bytes.data, bytes.size, 0700);
    free(bytes.data);
    struct victim victim = {.argv = WORDS(greq, "doctor", "-fjson", "/bin/true")};
    victim_run(&result, &victim);
    ck_assert_msg(result.exit_status == 1, "%s", result.err.data);
    json_t *answer = json_loads(result.out.data, 0, NULL);
    ck_assert_msg(answer, "%s", result.out.data);
    victim_result_free(&result);
    scratch_remove(&scratch);
    return answer;
}

START_TEST(a_library_that_does_not_work)
{
    json_t *answer = ask_copy(FAKE_PRELOAD); /* is loaded, and hooks nothing */
    expect_verdict(answer, "not");
    expect_finding(answer, "obstacle", "self_test", "libgreq.so failed: ");
    json_decref(answer);
    answer = ask_copy("/etc/passwd");
    expect_finding(answer, "obstacle", "no_library", "not a library");
    json_decref(answer);
    answer = ask_copy("/bin/true"); /* the loader does not preload programs */
    expect_finding(answer, "obstacle", "loader", "cannot be preloaded");
    json_decref(answer);
}
END_TEST

START_TEST(what_is_not_there_is_one_line)
{
    static const char *const subjects[] = {"no-such-program", "/no/such/program", ""};
    for (size_t i = 0; i < 3; i++) {
        struct victim_result result;
        struct victim victim = {.argv = WORDS(GREQ_COMMAND, "doctor", subjects[i])};
        victim_run(&result, &victim);
        ck_assert_int_eq(result.exit_status, 2);
        ck_assert_str_eq(result.out.data, "");
        char *end = strchr(result.err.data, '\n');
        ck_assert_msg(end && !end[1], "not one line: %s", result.err.data);
        victim_result_free(&result);
    }
}
END_TEST

/* --- who else --- */

START_TEST(a_library_before_libc_stands_behind_the_hooks)
{
    json_t *answer = ask_victim("doctor_interposed", 0);
    expect_verdict(answer, "reached");
    expect_finding(answer, "note", "interposed_behind",
                   "libdoctor_interposer.so defines recv and comes after libgreq.so");
    const json_t *order = json_object_get(json_object_get(answer, "interposed"), "recv");
    size_t count = json_array_size(order); /* a sanitizer's runtime may come first */
    ck_assert_uint_ge(count, 3);
    ck_assert_str_eq(json_string_value(json_array_get(order, count - 3)), "libgreq.so");
    ck_assert_str_eq(json_string_value(json_array_get(order, count - 2)),
                     "libdoctor_interposer.so");
    ck_assert_str_eq(json_string_value(json_array_get(order, count - 1)), "libc.so.6");
    json_decref(answer);
}
END_TEST

START_TEST(a_users_preload_stands_behind_the_hooks)
{
    char preload[4200];
    snprintf(preload, sizeof preload, "LD_PRELOAD=%s", victim_path("libdoctor_interposer.so"));
    json_t *answer = ask("/bin/true", 0, WORDS(preload));
    expect_finding(answer, "note", "interposed_behind", "comes after libgreq.so");
    ck_assert_str_eq(
        json_string_value(json_object_get(module_of(answer, "libdoctor_interposer.so"), "role")),
        "preloaded");
    json_decref(answer);
}
END_TEST

START_TEST(a_library_that_binds_to_itself_bypasses)
{
    json_t *answer = ask_victim("doctor_interposed_symbolic", 1);
    expect_verdict(answer, "in_part");
    expect_finding(answer, "bypass", "symbolic", "libdoctor_symbolic.so");
    ck_assert(
        json_is_true(json_object_get(module_of(answer, "libdoctor_symbolic.so"), "symbolic")));
    json_decref(answer);
}
END_TEST

START_TEST(a_program_that_defines_functions_bypasses)
{
    json_t *answer = ask_victim("doctor_defines", 1);
    expect_verdict(answer, "in_part");
    expect_finding(answer, "bypass", "interposed",
                   "doctor_defines defines recv and comes before libgreq.so");
    expect_finding(answer, "bypass", "openssl", "doctor_defines has OpenSSL");
    const json_t *order = json_object_get(json_object_get(answer, "interposed"), "recv");
    ck_assert_str_eq(json_string_value(json_array_get(order, 0)), "doctor_defines");
    json_decref(answer);
}
END_TEST

START_TEST(marks_of_go_and_of_a_stripped_openssl_are_seen)
{
    json_t *answer = ask_victim("doctor_marked", 1);
    expect_verdict(answer, "in_part");
    expect_finding(answer, "bypass", "go", "doctor_marked holds Go code");
    expect_finding(answer, "bypass", "openssl", "doctor_marked has OpenSSL");
    json_decref(answer);
    answer = ask_victim("doctor_calls", 0);
    expect_no_finding(answer, "go");
    expect_no_finding(answer, "openssl");
    json_decref(answer);
}
END_TEST

/* --- itself --- */

START_TEST(the_environment_is_told_and_does_not_disturb)
{
    scratch_make(&scratch);
    char trace[256], log[256], expected[256];
    snprintf(trace, sizeof trace, "GREQ_TRACE=%s", scratch_path(&scratch, "trace"));
    snprintf(log, sizeof log, "GREQ_LOG=%s", scratch_path(&scratch, "log"));
    json_t *answer = ask("/bin/true", 0,
                         WORDS(trace, log, "GREQ_PATCH=nonsense", "LD_VERBOSE=1", "LD_BIND_NOW=1"));
    const json_t *environment = json_object_get(answer, "environment");
    ck_assert_str_eq(json_string_value(json_object_get(environment, "GREQ_PATCH")), "nonsense");
    snprintf(expected, sizeof expected, "%s", scratch_path(&scratch, "trace"));
    ck_assert_str_eq(json_string_value(json_object_get(environment, "GREQ_TRACE")), expected);
    ck_assert_int_eq(scratch_count(scratch.path), 0); /* neither a trace nor a log */
    json_decref(answer);
    scratch_remove(&scratch);
}
END_TEST

START_TEST(nothing_is_left_behind)
{
    char variable[256];
    scratch_make(&scratch);
    snprintf(variable, sizeof variable, "TMPDIR=%s", scratch.path);
    json_t *answer = ask("/bin/true", 0, WORDS(variable));
    ck_assert_int_eq(scratch_count(scratch.path), 0);
    json_decref(answer);
    scratch_remove(&scratch);
    answer = ask("/bin/true", 0, WORDS("TMPDIR=/no/such/place"));
    expect_finding(answer, "note", "self_test", "set TMPDIR");
    json_decref(answer);
}
END_TEST

/* A sanitizer's runtime has to come first in greq as well. */
SUITE("doctor: programs", ONCE(imports_are_told_by_module),
      ONCE(the_loader_would_take_the_library_and_a_hook_fires),
      ONCE(programs_of_others_are_examined), ONCE(scripts_are_followed_to_what_runs),
      ONCE(the_documented_keys_are_there), ONCE(files_that_a_preload_cannot_get_into),
      ONCE(another_libc_and_another_word_size), ONCE(a_library_that_is_missing),
      ONCE(a_library_that_does_not_work), ONCE(what_is_not_there_is_one_line),
      ONCE(a_library_before_libc_stands_behind_the_hooks),
      EACH(a_users_preload_stands_behind_the_hooks, GREQ_PLAIN_BUILD),
      ONCE(a_library_that_binds_to_itself_bypasses),
      ONCE(a_program_that_defines_functions_bypasses),
      ONCE(marks_of_go_and_of_a_stripped_openssl_are_seen),
      ONCE(the_environment_is_told_and_does_not_disturb), ONCE(nothing_is_left_behind))
