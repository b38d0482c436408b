#include "check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "body.h"
#include "parse.h"

static const struct {
    const char *prefix;
    enum check_kind kind;
} paths[] = {
    {"/bytes/", CHECK_BYTES},
    {"/stream-bytes/", CHECK_BYTES},
    {"/until-close/", CHECK_BYTES},
    {"/delay/", CHECK_ECHO},
};

/* What is behind the prefix, when it is a number. */
static bool parse_size(const char *from, int size, uint64_t *number)
{
    char text[24];
    if (size >= (int)sizeof text)
        return false;
    snprintf(text, sizeof text, "%.*s", size, from);
    return parse_number(text, UINT64_MAX, number);
}

void check_start(struct check *check, const struct url *url, bool contents)
{
    *check = (struct check){.path = url->target, .path_size = url->path_size};
    for (size_t i = 0; contents && i < sizeof paths / sizeof *paths; i++) {
        size_t length = strlen(paths[i].prefix);
        if (strncmp(check->path, paths[i].prefix, length) == 0) {
            check->kind = paths[i].kind;
            if (check->kind == CHECK_BYTES &&
                !parse_size(check->path + length, check->path_size - (int)length, &check->expected))
                check->kind = CHECK_NOTHING;
        }
    }
}

void check_take(struct check *check, const char *from, size_t size)
{
    if (check->kind == CHECK_BYTES && check->right == check->size)
        check->right += body_match(from, size, check->size);
    if (check->kind == CHECK_ECHO && check->size < sizeof check->text - 1) {
        size_t room = sizeof check->text - 1 - (size_t)check->size;
        memcpy(check->text + check->size, from, size < room ? size : room);
    }
    check->size += size;
}

static bool finish_bytes(const struct check *check, struct error *error)
{
    if (check->right != check->size)
        return error_set(error, "the body is wrong (at byte %" PRIu64 ")", check->right);
    if (check->size != check->expected)
        return error_set(error, "the body is wrong (%" PRIu64 " instead of %" PRIu64 " bytes)",
                         check->size, check->expected);
    return true;
}

static bool finish_echo(const struct check *check, struct error *error)
{
    char echo[sizeof check->text];
    snprintf(echo, sizeof echo, "\"path\": \"%.*s\"", check->path_size, check->path);
    return strstr(check->text, echo) ||
           error_set(error, "the body is wrong (it is not the answer to %.*s)",
                     check->path_size < 128 ? check->path_size : 128, check->path);
}

bool check_finish(const struct check *check, struct error *error)
{
    switch (check->kind) {
    case CHECK_BYTES:
        return finish_bytes(check, error);
    case CHECK_ECHO:
        return finish_echo(check, error);
    case CHECK_NOTHING:
    default:
        return true;
    }
}
