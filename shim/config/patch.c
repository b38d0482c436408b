#include "config/patch.h"

#include "config/through.h"

#include <stddef.h>
#include <string.h>

struct word {
    const char *text;
    size_t length;
};

static bool word_is(struct word word, const char *name)
{
    return strlen(name) == word.length && memcmp(word.text, name, word.length) == 0;
}

static void set_family(bool patched[], enum call_family family, bool on)
{
    for (int id = 0; id < CALL_COUNT; id++)
        if (call_infos[id].family == family)
            patched[id] = on;
}

static void set_all(bool patched[], bool on)
{
    for (int id = 0; id < CALL_COUNT; id++)
        if (call_infos[id].family != FAMILY_own)
            patched[id] = on;
}

void patch_all(bool patched[CALL_COUNT])
{
    memset(patched, 0, CALL_COUNT * sizeof *patched);
    set_all(patched, true);
}

static bool set_named_family(bool patched[], struct word word, bool on)
{
    for (int family = 0; family < FAMILY_COUNT; family++)
        if (word_is(word, family_names[family])) {
            set_family(patched, family, on);
            return true;
        }
    return false;
}

static bool set_function(bool patched[], struct word word, bool on)
{
    int covered_by = -1;
    for (int id = 0; id < CALL_COUNT; id++)
        if (call_infos[id].family != FAMILY_own && word_is(word, call_infos[id].name))
            covered_by = call_infos[id].covered_by;
    if (covered_by < 0)
        return false;
    for (int id = 0; id < CALL_COUNT; id++)
        if (call_infos[id].covered_by == covered_by)
            patched[id] = on;
    return true;
}

static bool set_word(bool patched[], struct word word, bool on)
{
    if (word_is(word, "all"))
        set_all(patched, on);
    else if (word_is(word, "none"))
        set_all(patched, !on);
    else if (word.length > 3 && memcmp(word.text, "fn:", 3) == 0)
        return set_function(patched, (struct word){word.text + 3, word.length - 3}, on);
    else
        return set_named_family(patched, word, on) || set_function(patched, word, on);
    return true;
}

static bool has_sign(const char *text)
{
    return *text == '-' || *text == '+';
}

static bool is_asyncio(const char *text)
{
    size_t length = strcspn(text, PATCH_SEPARATORS);
    return word_is((struct word){text, length}, "asyncio");
}

bool patch_asks_for_asyncio(const char *list)
{
    bool asks = false;
    while (*(list += strspn(list, PATCH_SEPARATORS))) {
        if (is_asyncio(list + has_sign(list)))
            asks = *list != '-';
        list += strcspn(list, PATCH_SEPARATORS);
    }
    return asks;
}

/* To the next word about functions. */
static const char *skip(const char *list)
{
    list += strspn(list, PATCH_SEPARATORS);
    while (is_asyncio(list + has_sign(list)) || through_is_word(list + has_sign(list))) {
        list += strcspn(list, PATCH_SEPARATORS);
        list += strspn(list, PATCH_SEPARATORS);
    }
    return list;
}

const char *patch_parse(const char *list, bool patched[CALL_COUNT])
{
    memset(patched, 0, CALL_COUNT * sizeof *patched);
    list = skip(list);
    if (!*list || has_sign(list))
        patch_all(patched);
    while (*list) {
        size_t length = strcspn(list, PATCH_SEPARATORS);
        size_t sign = has_sign(list);
        if (!set_word(patched, (struct word){list + sign, length - sign}, *list != '-'))
            return list;
        list = skip(list + length);
    }
    return NULL;
}
