#include "ask.h"

#include <check.h>
#include <string.h>

json_t *ask(const char *subject, int status, const char *const *env)
{
    struct victim_result result;
    json_error_t error;
    struct victim victim = {.argv = WORDS(GREQ_COMMAND, "doctor", "--format=json", subject),
                            .env = env};
    victim_run(&result, &victim);
    json_t *answer = json_loads(result.out.data, 0, &error);
    ck_assert_msg(answer, "%s: %s\n%s%s", subject, error.text, result.out.data, result.err.data);
    ck_assert_msg(result.exit_status == status, "%s: status %d, not %d: %s", subject,
                  result.exit_status, status, result.out.data);
    ck_assert_str_eq(result.err.data, "");
    ck_assert(!result.left_someone);
    victim_result_free(&result);
    return answer;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    ck_assert_msg(text, "no text '%s'", key);
    return text;
}

void expect_verdict(const json_t *answer, const char *verdict)
{
    char *findings = json_dumps(json_object_get(answer, "findings"), JSON_INDENT(1));
    ck_assert_msg(!strcmp(text_of(answer, "verdict"), verdict), "'%s', not '%s': %s",
                  text_of(answer, "verdict"), verdict, findings);
    free(findings);
}

static const json_t *finding_of(const json_t *answer, const char *word)
{
    size_t i;
    json_t *finding;
    json_array_foreach(json_object_get(answer, "findings"), i, finding)
    {
        if (!strcmp(text_of(finding, "word"), word))
            return finding;
    }
    return NULL;
}

void expect_finding(const json_t *answer, const char *weight, const char *word, const char *part)
{
    const json_t *finding = finding_of(answer, word);
    char *findings = json_dumps(json_object_get(answer, "findings"), JSON_INDENT(1));
    ck_assert_msg(finding, "no finding '%s' in %s", word, findings);
    free(findings);
    ck_assert_str_eq(text_of(finding, "weight"), weight);
    ck_assert_msg(strstr(text_of(finding, "text"), part), "no '%s' in '%s'", part,
                  text_of(finding, "text"));
}

void expect_no_finding(const json_t *answer, const char *word)
{
    ck_assert_msg(!finding_of(answer, word), "a finding '%s'", word);
}

json_t *module_of(const json_t *answer, const char *name)
{
    size_t i;
    json_t *module;
    json_array_foreach(json_object_get(answer, "modules"), i, module)
    {
        if (!strcmp(text_of(module, "name"), name))
            return module;
    }
    return NULL;
}

bool imports(const json_t *module, const char *kind, const char *group, const char *function)
{
    size_t i;
    json_t *name;
    json_array_foreach(json_object_get(json_object_get(module, kind), group), i, name)
    {
        if (!strcmp(json_string_value(name), function))
            return true;
    }
    return false;
}

void expect_texts(const json_t *list, const char *const *texts)
{
    size_t i = 0;
    for (; texts[i]; i++) {
        const char *text = json_string_value(json_array_get(list, i));
        ck_assert_msg(text && !strcmp(text, texts[i]), "%zu: '%s', not '%s'", i,
                      text ? text : "(none)", texts[i]);
    }
    ck_assert_uint_eq(json_array_size(list), i);
}
