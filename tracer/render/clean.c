#include "render/clean.h"

#include "base/memory.h"

#include <stdint.h>
#include <string.h>

static bool is_continuation(unsigned char byte)
{
    return (byte & 0xc0) == 0x80;
}

/* The length that a character's first byte announces, or 0. */
static size_t announced_length(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first < 0xe0)
        return 2;
    if (first >= 0xe0 && first < 0xf0)
        return 3;
    return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

/* Overlong forms, surrogates and what is beyond U+10FFFF begin like this. */
static bool is_forbidden(unsigned char first, unsigned char second)
{
    return (first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
           (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f);
}

/* C1 control characters, which some terminals obey. */
static bool is_control(const unsigned char *at, size_t length)
{
    return (length == 1 && (*at < ' ' || *at == 0x7f)) ||
           (length == 2 && *at == 0xc2 && at[1] < 0xa0);
}

/* The bytes of the character that starts here, or 0 when none may. */
static size_t character_length(const unsigned char *at)
{
    size_t length = announced_length(*at);
    for (size_t i = 1; i < length; i++)
        if (!is_continuation(at[i]))
            return 0;
    if (length > 1 && is_forbidden(at[0], at[1]))
        return 0;
    return is_control(at, length) ? 0 : length;
}

char *clean_copy(const char *text, bool ascii)
{
    char *copy = memory_alloc(strlen(text) + 1, 1);
    char *to = copy;
    for (const unsigned char *at = (const unsigned char *)text; *at;) {
        size_t length = character_length(at);
        if (ascii && length == 3 && !memcmp(at, "\342\200\246", 3)) /* what greq left out */
            to = mempcpy(to, "...", 3);
        else if (length == 0 || (ascii && length > 1))
            *to++ = '?';
        else
            to = mempcpy(to, at, length);
        at += length ? length : 1;
    }
    return copy;
}

size_t clean_length(const char *text)
{
    size_t length = 0;
    for (; *text; text++)
        length += !is_continuation(*text);
    return length;
}

void clean_cut(char *text, size_t length)
{
    for (; *text; text++)
        if (!is_continuation(*text) && length-- == 0)
            break;
    *text = '\0';
}
