#include "child/preload.h"

#include "sys/elf.h"
#include "sys/kernel.h"

#include <fcntl.h>
#include <string.h>

static const char *own_path = ""; /* as the loader has it */
static const char *own_name = "";

void preload_open(void)
{
    const struct link_map *own = elf_own();
    if (!own)
        return;
    const char *slash = strrchr(own->l_name, '/');
    own_path = own->l_name;
    own_name = slash ? slash + 1 : own_path;
}

const char *preload_value(const char *variable)
{
    static const char name[] = "LD_PRELOAD=";
    return strncmp(variable, name, sizeof name - 1) == 0 ? variable + sizeof name - 1 : NULL;
}

/* ---- entries: blanks and colons lie between them ---- */

static const char separators[] = " :";

/* The entry at or after `text`; an empty one at the end. */
static struct preload_entry entry_at(const char *text)
{
    text += strspn(text, separators);
    return (struct preload_entry){text, strcspn(text, separators)};
}

/* By its last name: another copy of the library is no better for the child. */
static bool is_own(const struct preload_entry *entry)
{
    size_t length = strlen(own_name);
    if (!length || entry->length < length)
        return false;
    const char *name = entry->text + entry->length - length;
    return !memcmp(name, own_name, length) && (name == entry->text || name[-1] == '/');
}

const char *preload_next_own(const char *text, struct preload_entry *entry)
{
    do {
        *entry = entry_at(text);
        text = entry->text + entry->length;
    } while (entry->length && !is_own(entry));
    return entry->length ? text : NULL;
}

bool preload_is_bare(const struct preload_entry *entry)
{
    return !memchr(entry->text, '/', entry->length);
}

static bool cannot_be_opened(const char *path)
{
    int fd = (int)KERNEL(openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd >= 0)
        KERNEL(close, fd);
    return fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == EACCES || errno == ELOOP);
}

/* A path that is longer may be there. */
__attribute__((noinline)) static bool is_other_path_lost(const struct preload_entry *entry)
{
    char path[1024];
    if (entry->length >= sizeof path)
        return false;
    memcpy(path, entry->text, entry->length);
    path[entry->length] = '\0';
    return cannot_be_opened(path);
}

/* Of a name that the loader completes itself only the file that it found for us is known. */
bool preload_is_lost(const struct preload_entry *entry)
{
    bool is_completed = preload_is_bare(entry) || memchr(entry->text, '$', entry->length);
    bool is_the_same =
        strlen(own_path) == entry->length && !memcmp(own_path, entry->text, entry->length);
    return is_completed || is_the_same ? cannot_be_opened(own_path) : is_other_path_lost(entry);
}

size_t preload_without_own(char *room, const char *value)
{
    size_t used = 0;
    for (struct preload_entry entry = entry_at(value); entry.length;
         entry = entry_at(entry.text + entry.length)) {
        if (is_own(&entry))
            continue;
        if (used)
            room[used++] = entry.text[-1];
        memcpy(room + used, entry.text, entry.length);
        used += entry.length;
    }
    room[used] = '\0';
    return used;
}
