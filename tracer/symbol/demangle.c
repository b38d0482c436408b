#include "symbol/demangle.h"

#include <libiberty/demangle.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* A symbol table comes from a file that may hold anything; longer names help nobody. */
enum { SYMBOL_LENGTH_MAX = 4096 };

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

char *demangle(const char *symbol)
{
    if (strncmp(symbol, "_Z", 2) != 0 && strncmp(symbol, "_R", 2) != 0)
        return NULL;
    if (strnlen(symbol, SYMBOL_LENGTH_MAX) == SYMBOL_LENGTH_MAX)
        return NULL;
    char *name = cplus_demangle(symbol, DMGL_AUTO);
    if (!name)
        return NULL;
    name_type(name);
    if (strlen(name) > NAME_LENGTH_MAX) {
        drop_template_parameters(name);
        join_parts(name);
    }
    return name;
}
