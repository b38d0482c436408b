#include "symbol/demangle.h"

#include "base/memory.h"

#include <libiberty/demangle.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* A symbol table comes from a file that may hold anything; longer names help nobody. A short symbol
 * may stand for a name of gigabytes: each of its parts may hold the one before twice. */
enum { SYMBOL_LENGTH_MAX = 4096, NAME_SIZE = 4096 };

/* A longer name leaves no room for its place, or has its end cut off. */
enum { NAME_LENGTH_MAX = 40 };

/* Whether the '<' or '>' at `at` is an operator's own: operator<, operator<<, operator->. */
static bool is_of_operator(const char *name, const char *at)
{
    static const char word[] = "operator";
    while (at > name && strchr("<>-=", at[-1]))
        at--;
    size_t length = sizeof word - 1;
    return at - name >= (ptrdiff_t)length && !strncmp(at - length, word, length);
}

/* Leaves out what is between angle brackets, and the brackets. */
static void drop_template_parameters(char *name)
{
    char *kept = name;
    size_t depth = 0;
    for (const char *at = name; *at; at++) {
        bool is_bracket = strchr("<>", *at) && !is_of_operator(name, at);
        depth += is_bracket && *at == '<';
        if (!depth)
            *kept++ = *at;
        depth -= is_bracket && *at == '>' && depth;
    }
    while (kept > name && kept[-1] == ' ')
        kept--;
    *kept = '\0';
}

/* Rust's "<a::Type as b::Trait>::call" is told as "a::Type::call": the brackets hold the type that
 * it is a function of. */
static void name_type(char *name)
{
    size_t depth = 0;
    char *begin = name, *end = NULL, *at = name;
    if (*name != '<')
        return;
    for (; *at; at++) {
        depth += *at == '<';
        if (depth == 1 && !end && !strncmp(at, " as ", 4))
            end = at;
        if (*at == '>' && at[-1] != '-' && !--depth)
            break;
    }
    if (!*at)
        return;
    end = end ? end : at;
    begin += strspn(begin, "<&");
    size_t length = end > begin ? end - begin : 0;
    memmove(name, begin, length);
    memmove(name + length, at + 1, strlen(at + 1) + 1);
}

/* A part that was dropped whole leaves its separators: "core::slice::<impl [T]>::iter". */
static void join_parts(char *name)
{
    for (char *at = name; (at = strstr(at, "::::"));)
        memmove(at, at + 2, strlen(at + 2) + 1);
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
    if (strlen(name) > NAME_LENGTH_MAX) {
        drop_template_parameters(name);
        join_parts(name);
    }
    return name;
}
