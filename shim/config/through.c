#include "config/through.h"

#include "config/patch.h"
#include "sys/table.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

enum { MOST = 32, NAME_SIZE = 64 };

static SMALL_TABLE struct {
    char name[NAME_SIZE];
    bool forbidden;
} words[MOST];
static size_t count;

static const char prefix[] = "through:";

bool through_is_word(const char *word)
{
    return strncmp(word, prefix, strlen(prefix)) == 0 && word[strlen(prefix)] &&
           !strchr(PATCH_SEPARATORS, word[strlen(prefix)]);
}

static void add(const char *name, size_t length, bool forbidden)
{
    if (count == MOST || length >= NAME_SIZE)
        return;
    memcpy(words[count].name, name, length);
    words[count].name[length] = '\0';
    words[count++].forbidden = forbidden;
}

void through_read(const char *list)
{
    count = 0;
    while (*(list += strspn(list, PATCH_SEPARATORS))) {
        size_t length = strcspn(list, PATCH_SEPARATORS), sign = *list == '-' || *list == '+';
        if (through_is_word(list + sign))
            add(list + sign + strlen(prefix), length - sign - strlen(prefix), *list == '-');
        list += length;
    }
}

bool through_matches(const char *file, const char *name)
{
    size_t length = strlen(name);
    return strncmp(file, name, length) == 0 && !isalnum((unsigned char)file[length]);
}

enum through through_of(const char *file)
{
    for (size_t i = count; i-- > 0;)
        if (through_matches(file, words[i].name))
            return words[i].forbidden ? THROUGH_FORBIDDEN : THROUGH_ALLOWED;
    return THROUGH_NOT_SAID;
}
