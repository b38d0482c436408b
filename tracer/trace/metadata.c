#include "trace/metadata.h"

#include "base/memory.h"
#include "trace/scanner.h"

#include <greq/trace_format.h>

#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char signature[] = "/* CTF 1.8";

/* Before, what a function is was told by its name. */
#define FIRST_WITH_ROLES 3

/* Before, each role was told with the names of its functions. */
#define FIRST_WITH_ROLES_IN_ORDER 6

static int expect(struct scanner *scanner, const char *text, struct error *error)
{
    scanner_next(scanner);
    if (!scanner_is(scanner, text))
        return error_set(error, "malformed list: expected '%s'", text);
    return 0;
}

static void add_name(struct metadata *metadata, uint16_t number, const char *name, size_t length)
{
    while (metadata->name_count <= number) {
        metadata->names = memory_grow(metadata->names, metadata->name_count,
                                      &metadata->name_capacity, sizeof *metadata->names);
        metadata->roles = memory_grow(metadata->roles, metadata->name_count,
                                      &metadata->role_capacity, sizeof *metadata->roles);
        metadata->roles[metadata->name_count] = NULL;
        metadata->names[metadata->name_count++] = NULL;
    }
    free(metadata->names[number]);
    metadata->names[number] = memory_copy_bytes(name, length);
}

/* What a C function may be called. Nothing else gets onto a terminal by this way. */
static bool is_name(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)text[i]) && text[i] != '_')
            return false;
    return length > 0;
}

/* One `"name" = number`, whose string is the current token. */
static int read_name(struct metadata *metadata, struct scanner *scanner, struct error *error)
{
    const char *name = scanner->start;
    size_t length = scanner->length;
    if (scanner->token != TOKEN_STRING || !is_name(name, length))
        return error_set(error, "malformed list of functions: a name must be a string of letters, "
                                "digits and '_'");
    if (expect(scanner, "=", error))
        return -1;
    if (scanner_next(scanner) != TOKEN_NUMBER || scanner->number > UINT16_MAX)
        return error_set(error, "malformed list of functions: '%.*s' has no number below 65536",
                         length < 64 ? (int)length : 64, name);
    add_name(metadata, scanner->number, name, length);
    return 0;
}

/* What follows `enum call_name`: `: uint16_t { "accept" = 0, ... }`. */
static int read_names(struct metadata *metadata, struct scanner *scanner, struct error *error)
{
    if (expect(scanner, ":", error) || expect(scanner, "uint16_t", error) ||
        expect(scanner, "{", error))
        return -1;
    while (scanner_next(scanner) != TOKEN_END && !scanner_is(scanner, "}")) {
        if (read_name(metadata, scanner, error))
            return -1;
        scanner_next(scanner);
        if (scanner_is(scanner, "}"))
            return 0;
        if (!scanner_is(scanner, ","))
            return error_set(error, "malformed list of functions: no ',' behind a number");
    }
    return scanner->token == TOKEN_END ? error_set(error, "the list of functions is cut") : 0;
}

/* Moves on to the first occurrence of a word. */
static bool find(struct scanner *scanner, const char *word)
{
    while (scanner_next(scanner) != TOKEN_END)
        if (scanner_is(scanner, word))
            return true;
    return false;
}

static int parse_format(struct metadata *metadata, struct scanner scanner, struct error *error)
{
    if (!find(&scanner, "greq_format"))
        return error_set(error, "a CTF trace, but not one of greq's: no greq_format in it");
    scanner_next(&scanner);
    if (!scanner_is(&scanner, "=") || scanner_next(&scanner) != TOKEN_NUMBER)
        return error_set(error, "greq_format has no number");
    metadata->format = scanner.number;
    if (metadata->format < FIRST_WITH_ROLES)
        return error_set(error,
                         "written by an older greq (format %" PRIu64 "), which does not say what "
                         "its functions are: use the greq that made it, or record anew",
                         metadata->format);
    if (metadata->format > TRACE_FORMAT_VERSION)
        return error_set(error,
                         "written by a newer greq (format %" PRIu64 ", this one reads up to %d): "
                         "use the greq that made it",
                         metadata->format, TRACE_FORMAT_VERSION);
    return 0;
}

static int parse_names(struct metadata *metadata, struct scanner scanner, struct error *error)
{
    if (!find(&scanner, "call_name"))
        return error_set(error, "no list of functions (enum call_name) in it");
    return read_names(metadata, &scanner, error);
}

/* ---- roles ---- */

static void set_role(struct metadata *metadata, const char *name, size_t length, const char *role)
{
    for (size_t i = 0; i < metadata->name_count; i++)
        if (metadata->names[i] && !metadata->roles[i] && strlen(metadata->names[i]) == length &&
            !memcmp(metadata->names[i], name, length))
            metadata->roles[i] = memory_copy(role);
}

/* The names of functions with one role, blanks between them. */
static void set_roles(struct metadata *metadata, const char *text, const char *end,
                      const char *role)
{
    while (text < end) {
        const char *blank = memchr(text, ' ', (size_t)(end - text));
        const char *next = blank ? blank : end;
        set_role(metadata, text, (size_t)(next - text), role);
        text = next + 1;
    }
}

static bool is_role(const struct scanner *scanner)
{
    static const char prefix[] = "role_";
    return scanner->token == TOKEN_WORD && scanner->length > strlen(prefix) &&
           !memcmp(scanner->start, prefix, strlen(prefix));
}

/* Up to format 5: each `role_READ = "recv read"`. A function without a role is one that may block.
 */
static int parse_roles(struct metadata *metadata, struct scanner scanner, struct error *error)
{
    while (scanner_next(&scanner) != TOKEN_END) {
        if (!is_role(&scanner))
            continue;
        char *role =
            memory_copy_bytes(scanner.start + strlen("role_"), scanner.length - strlen("role_"));
        int status = expect(&scanner, "=", error);
        if (!status && scanner_next(&scanner) != TOKEN_STRING)
            status = error_set(error, "malformed list of roles: role_%s is no string", role);
        if (!status)
            set_roles(metadata, scanner.start, scanner.start + scanner.length, role);
        free(role);
        if (status)
            return status;
    }
    return 0;
}

/* Since format 6: `call_roles = "READ WRITE"`, of the functions in the order of their numbers. */
static int parse_roles_in_order(struct metadata *metadata, struct scanner scanner,
                                struct error *error)
{
    if (!find(&scanner, "call_roles"))
        return error_set(error, "no list of roles (call_roles) in it");
    if (expect(&scanner, "=", error))
        return -1;
    if (scanner_next(&scanner) != TOKEN_STRING)
        return error_set(error, "malformed list of roles: call_roles is no string");
    const char *word = scanner.start, *end = scanner.start + scanner.length;
    for (size_t i = 0; i < metadata->name_count && word < end; i++) {
        const char *blank = memchr(word, ' ', (size_t)(end - word));
        size_t length = (size_t)((blank ? blank : end) - word);
        if (metadata->names[i] && !metadata->roles[i] && is_name(word, length))
            metadata->roles[i] = memory_copy_bytes(word, length);
        word += length + 1;
    }
    return 0;
}

int metadata_parse(struct metadata *metadata, const char *text, size_t size, struct error *error)
{
    *metadata = (struct metadata){0};
    if (size < strlen(signature) || memcmp(text, signature, strlen(signature)))
        return error_set(error, "not the metadata of a CTF 1.8 trace");
    struct scanner scanner = {.next = text, .end = text + size};
    /* The format first: of a newer one nothing else may look as expected. */
    int status = parse_format(metadata, scanner, error);
    if (!status)
        status = parse_names(metadata, scanner, error);
    if (!status && metadata->format < FIRST_WITH_ROLES_IN_ORDER)
        status = parse_roles(metadata, scanner, error);
    else if (!status)
        status = parse_roles_in_order(metadata, scanner, error);
    if (status)
        metadata_finish(metadata);
    return status;
}

void metadata_finish(struct metadata *metadata)
{
    for (size_t i = 0; i < metadata->name_count; i++) {
        free(metadata->names[i]);
        free(metadata->roles[i]);
    }
    free(metadata->names);
    free(metadata->roles);
    *metadata = (struct metadata){0};
}
