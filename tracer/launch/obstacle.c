#include "launch/obstacle.h"

#include <elf.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

static const struct {
    const char *word, *text;
} obstacles[] = {
    [OBSTACLE_NONE] = {"", ""},
    [OBSTACLE_32_BIT] = {"32_bit",
                         "a 32-bit program: libgreq.so is 64-bit and cannot be loaded into it"},
    [OBSTACLE_64_BIT] = {"64_bit",
                         "a 64-bit program: libgreq.so is 32-bit and cannot be loaded into it"},
    [OBSTACLE_MACHINE] = {"machine", "built for another kind of processor than libgreq.so"},
    [OBSTACLE_CUT] = {"not_a_program", "a damaged program: the file ends within its headers"},
    [OBSTACLE_STATIC] = {"static",
                         "statically linked: no loader runs that could preload libgreq.so"},
    [OBSTACLE_STATIC_GO] = {"static",
                            "a statically linked Go program: no loader runs that could preload "
                            "libgreq.so, and Go makes its system calls itself"},
    [OBSTACLE_OTHER_LIBC] = {"other_libc",
                             "linked with another C library (its loader is not glibc's): "
                             "libgreq.so needs glibc; build the program on a glibc system"},
    [OBSTACLE_SETUID] = {"setuid",
                         "setuid or setgid: the loader drops preloads from it; run it without "
                         "greq, or a copy without that bit"},
    [OBSTACLE_CAPABILITIES] = {"capabilities",
                               "has file capabilities: the loader drops preloads from it; run it "
                               "without greq, or a copy without them"},
};

/* The loaders of musl, uClibc and Bionic, by how their names begin. */
static int is_foreign_loader(const char *loader)
{
    static const char *const names[] = {"ld-musl", "ld-uClibc", "ld64-uClibc", "linker"};
    const char *name = basename(loader);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strncmp(name, names[i], strlen(names[i])))
            return 1;
    return 0;
}

static enum obstacle find_in_file(const struct elf_facts *library, const struct elf_facts *facts)
{
    if (facts->class != library->class)
        return facts->class == ELFCLASS32 ? OBSTACLE_32_BIT : OBSTACLE_64_BIT;
    if (facts->machine != library->machine)
        return OBSTACLE_MACHINE;
    if (facts->is_cut)
        return OBSTACLE_CUT;
    if (!facts->uses_loader)
        return facts->is_go ? OBSTACLE_STATIC_GO : OBSTACLE_STATIC;
    return is_foreign_loader(facts->loader) ? OBSTACLE_OTHER_LIBC : OBSTACLE_NONE;
}

static enum obstacle find_in_rights(const char *path)
{
    struct stat status;
    if (!stat(path, &status) && status.st_mode & (S_ISUID | S_ISGID))
        return OBSTACLE_SETUID;
    return getxattr(path, "security.capability", NULL, 0) > 0 ? OBSTACLE_CAPABILITIES
                                                              : OBSTACLE_NONE;
}

enum obstacle obstacle_find(const char *path, const struct elf_facts *library,
                            const struct elf_facts *facts)
{
    enum obstacle obstacle = find_in_file(library, facts);
    return obstacle ? obstacle : find_in_rights(path);
}

const char *obstacle_text(enum obstacle obstacle)
{
    return obstacles[obstacle].text;
}

const char *obstacle_word(enum obstacle obstacle)
{
    return obstacles[obstacle].word;
}
