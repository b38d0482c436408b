#include "symbol/demangle.h"

#include "base/memory.h"

#include <libiberty/demangle.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* A symbol table comes from a file that may hold anything; longer names help nobody. A short symbol
 * may stand for a name of gigabytes: each of its parts may hold the one before twice. */
enum { SYMBOL_LENGTH_MAX = 4096, NAME_SIZE = 4096 };

/* A longer name leaves no room for its place, or has its end cut off. */
enum { NAME_LENGTH_MAX = 40 };

/* --- brackets --- */

enum { OPERATOR_MAX = 3 }; /* characters */

/* How much of `text`, behind the word "operator", is brackets of the operator's own. */
static size_t operator_length(const char *text)
{
    static const char *const own[] = {"<=>", "<<=", ">>=", "->*", "<<", ">>",
                                      "<=",  ">=",  "->",  "<",   ">"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (!strncmp(text, own[i], strlen(own[i])))
            return strlen(own[i]);
    return 0;
}

static bool is_in_word(char c)
{
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Whether the '<' or '>' at `at` is an operator's own: operator<, operator<<, operator->. */
static bool is_of_operator(const char *name, const char *at)
{
    static const char word[] = "operator";
    const size_t length = sizeof word - 1;
    const char *begin = at;
    while (begin > name && at - begin < OPERATOR_MAX && strchr("<>-=", begin[-1]))
        begin--;
    if (begin - name < (ptrdiff_t)length || strncmp(begin - length, word, length) != 0 ||
        (begin - name > (ptrdiff_t)length && is_in_word(*(begin - length - 1))))
        return false;
    return at < begin + operator_length(begin);
}

/* 1: a bracket opens at `at`; -1: one is closed; 0: neither, as in "fn() -> u8". */
static int bracket_at(const char *name, const char *at)
{
    if ((*at != '<' && *at != '>') || is_of_operator(name, at))
        return 0;
    if (*at == '<')
        return 1;
    return at > name && at[-1] == '-' ? 0 : -1;
}

/* Whether each bracket that opens is closed. A comparison in an argument is none. */
static bool is_balanced(const char *name)
{
    int depth = 0;
    for (const char *at = name; *at && depth >= 0; at++)
        depth += bracket_at(name, at);
    return !depth;
}

/* --- making it shorter --- */

/* Leaves out what is between angle brackets, and the brackets. */
static void drop_template_parameters(char *name)
{
    char *whole = memory_copy(name);
    char *kept = name;
    int depth = 0;
    for (const char *at = whole; *at; at++) {
        int bracket = bracket_at(whole, at);
        depth += bracket;
        if (!depth && !bracket)
            *kept++ = *at;
    }
    *kept = '\0';
    free(whole);
}

/* A part that was dropped whole leaves its separators: "core::slice::<impl [T]>::iter". */
static void join_parts(char *name)
{
    for (char *at = name; (at = strstr(at, "::::"));)
        memmove(at, at + 2, strlen(at + 2) + 1);
    for (size_t length = strlen(name); length && strchr(": ", name[length - 1]);)
        name[--length] = '\0';
}

/* Past what stands before a type: "&mut dyn a::Trait". */
static const char *skip_reference(const char *type)
{
    static const char *const words[] = {"&", "mut ", "dyn "};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strncmp(type, words[i], strlen(words[i])))
            return skip_reference(type + strlen(words[i]));
    return type;
}

/* Rust's "<a::Type as b::Trait>::call" is told as "a::Type::call": the brackets hold the type that
 * it is a function of. */
static void name_type(char *name)
{
    while (*name == '<' && is_balanced(name)) {
        int depth = 0;
        const char *end = NULL, *at = name;
        do {
            depth += bracket_at(name, at);
            if (depth == 1 && !end && !strncmp(at, " as ", 4))
                end = at;
        } while (depth && *at++);
        end = end ? end : at;
        const char *begin = skip_reference(name + 1);
        size_t length = end > begin ? end - begin : 0;
        memmove(name, begin, length);
        memmove(name + length, at + 1, strlen(at + 1) + 1);
    }
}

/* --- taking it from libiberty --- */

struct taken {
    char name[NAME_SIZE];
    size_t length;
    jmp_buf too_long;
};

static bool is_ascii(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] >= 128)
            return false;
    return true;
}

/* There is no other way to have libiberty stop. It has no memory meanwhile, but where it tells an
 * identifier with letters beyond ASCII. */
static void take(const char *text, size_t length, void *into)
{
    struct taken *taken = into;
    size_t room = sizeof taken->name - 1 - taken->length;
    if (length > room && is_ascii(text, length))
        longjmp(taken->too_long, 1);
    size_t kept = length < room ? length : room;
    memcpy(taken->name + taken->length, text, kept);
    taken->length += kept;
}

typedef int demangler(const char *symbol, int options, demangle_callbackref callback, void *opaque);

static bool is_taken(struct taken *taken, demangler *demangler, const char *symbol)
{
    taken->length = 0;
    if (setjmp(taken->too_long) || !demangler(symbol, DMGL_AUTO, take, taken))
        return false;
    taken->name[taken->length] = '\0';
    return taken->length;
}

char *demangle(const char *symbol)
{
    struct taken taken;
    if (strncmp(symbol, "_Z", 2) != 0 && strncmp(symbol, "_R", 2) != 0)
        return NULL;
    if (strnlen(symbol, SYMBOL_LENGTH_MAX) == SYMBOL_LENGTH_MAX)
        return NULL;
    if (!is_taken(&taken, rust_demangle_callback, symbol) &&
        !is_taken(&taken, cplus_demangle_v3_callback, symbol))
        return NULL;
    char *name = memory_copy(taken.name);
    name_type(name);
    if (strlen(name) > NAME_LENGTH_MAX && is_balanced(name)) {
        drop_template_parameters(name);
        join_parts(name);
    }
    return name;
}
