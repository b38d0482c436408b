/*
 * From a program's name to its loader: the search in PATH; scripts, whose interpreter is looked at
 * instead, and env(1), whose argument is; ELF files.
 */
#include "child/program.h"

#include "sys/kernel.h"

#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>

/* The kernel's own limits: the first line of a script, and scripts that interpret scripts. */
enum { LINE_SIZE = 256, MAX_INTERPRETERS = 5 };

#define OWN_CLASS (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32)
#ifdef __x86_64__
#    define OWN_MACHINE EM_X86_64
#else
#    define OWN_MACHINE EM_AARCH64
#endif

static const char *last_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool starts_with(const char *text, const char *beginning)
{
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

static bool read_at(int fd, void *room, size_t size, uint64_t offset)
{
    return KERNEL(pread64, fd, room, size, offset) == (long)size;
}

/* ---- the file: regular ones only, since to open others may wait or do something ---- */

struct file {
    int fd;
    struct stat status;
};

static bool is_program(int directory, const char *path, struct stat *status)
{
    return KERNEL(newfstatat, directory, path, status, 0) == 0 && S_ISREG(status->st_mode) &&
           status->st_mode & 0111;
}

static bool file_open(struct file *file, int directory, const char *path)
{
    if (!is_program(directory, path, &file->status))
        return false;
    file->fd =
        (int)KERNEL(openat, directory, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0);
    return file->fd >= 0;
}

/* ---- ELF ---- */

struct segment {
    uint32_t type;
    uint64_t offset, size;
};

static bool read_segment(int fd, const Elf64_Ehdr *head, unsigned number, struct segment *segment)
{
    Elf64_Phdr wide;
    Elf32_Phdr narrow;
    const Elf32_Ehdr *narrow_head = (const Elf32_Ehdr *)head;
    if (head->e_ident[EI_CLASS] == ELFCLASS64) {
        if (!read_at(fd, &wide, sizeof wide, head->e_phoff + number * sizeof wide))
            return false;
        *segment = (struct segment){wide.p_type, wide.p_offset, wide.p_filesz};
    } else {
        if (!read_at(fd, &narrow, sizeof narrow, narrow_head->e_phoff + number * sizeof narrow))
            return false;
        *segment = (struct segment){narrow.p_type, narrow.p_offset, narrow.p_filesz};
    }
    return true;
}

/* musl's, uClibc's, Bionic's. */
static bool is_foreign_name(const char *loader)
{
    static const char *const names[] = {"ld-musl", "ld-uClibc", "ld64-uClibc", "linker"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (starts_with(last_name(loader), names[i]))
            return true;
    return false;
}

static bool is_own_kind(const Elf64_Ehdr *head)
{
    return head->e_ident[EI_CLASS] == OWN_CLASS && head->e_machine == OWN_MACHINE;
}

/* Whether the new program gets rights of others, by the kernel's rule for AT_SECURE. */
static bool gains_rights(const struct stat *status)
{
    return (status->st_mode & S_ISUID && status->st_uid != getuid()) ||
           (status->st_mode & S_ISGID && status->st_mode & S_IXGRP && status->st_gid != getgid());
}

static enum program_loader loader_named(const Elf64_Ehdr *head, const char *loader,
                                        const struct stat *status)
{
    if (!is_own_kind(head) || is_foreign_name(loader))
        return LOADER_FOREIGN;
    return gains_rights(status) ? LOADER_OURS_SECURE : LOADER_OURS;
}

/* A file without a loader may be one itself, that is told on its command line what to run. */
static enum program_loader loader_without(const Elf64_Ehdr *head, const char *path)
{
    bool is_loader = starts_with(last_name(path), "ld-") || is_foreign_name(path);
    return !is_loader                                    ? LOADER_NONE
           : is_own_kind(head) && !is_foreign_name(path) ? LOADER_OURS
                                                         : LOADER_FOREIGN;
}

static enum program_loader loader_of_elf(const struct file *file, const Elf64_Ehdr *head,
                                         const char *path)
{
    char loader[LINE_SIZE] = "";
    struct segment segment;
    bool is_wide = head->e_ident[EI_CLASS] == ELFCLASS64;
    unsigned count = is_wide ? head->e_phnum : ((const Elf32_Ehdr *)head)->e_phnum;
    for (unsigned i = 0; i < count; i++) {
        if (!read_segment(file->fd, head, i, &segment))
            return LOADER_UNKNOWN;
        if (segment.type != PT_INTERP)
            continue;
        if (segment.size > sizeof loader || !segment.size ||
            !read_at(file->fd, loader, segment.size, segment.offset))
            return LOADER_UNKNOWN;
        loader[segment.size - 1] = '\0';
        return loader_named(head, loader, &file->status);
    }
    return loader_without(head, path);
}

/* ---- scripts ---- */

static char *skip_blanks(char *text)
{
    return text + strspn(text, " \t");
}

/* Splits "#! INTERPRETER ARGUMENT". Returns false when it is none, or too long. */
static bool split_line(char *line, char **interpreter, char **argument)
{
    size_t length = strcspn(line, "\n");
    if (line[0] != '#' || line[1] != '!' || length == LINE_SIZE - 1)
        return false;
    line[length] = '\0';
    *interpreter = skip_blanks(line + 2);
    char *end = *interpreter + strcspn(*interpreter, " \t");
    *argument = skip_blanks(end);
    *end = '\0';
    return **interpreter != '\0';
}

/* The program that env(1) would start, where that is plain to see, or NULL. */
static const char *env_program(const char *interpreter, char *argument)
{
    if (strcmp(last_name(interpreter), "env") != 0)
        return NULL;
    if (starts_with(argument, "-S"))
        argument = skip_blanks(argument + 2);
    argument[strcspn(argument, " \t")] = '\0';
    return *argument && *argument != '-' && !strchr(argument, '=') ? argument : NULL;
}

/* ---- the search, as execvp(3) does it ---- */

static const char *path_of(char *const *environment)
{
    for (; environment && *environment; environment++)
        if (starts_with(*environment, "PATH="))
            return *environment + 5;
    return "/bin:/usr/bin";
}

/* The path of the first such program. `found` holds `size` bytes. */
static bool search(char *found, size_t size, const char *name, const char *directories)
{
    struct stat status;
    for (const char *at = directories;; at++) {
        size_t length = strcspn(at, ":"), used = length;
        if (length + strlen(name) + 2 <= size) {
            memcpy(found, at, length);
            if (length)
                found[used++] = '/';
            strcpy(found + used, name);
            if (is_program(AT_FDCWD, found, &status))
                return true;
        }
        at += length;
        if (!*at)
            return false;
    }
}

/* ---- step by step ---- */

static enum program_loader loader_of_path(int directory, const char *path, char *const *environment,
                                          unsigned depth);

__attribute__((noinline)) static enum program_loader loader_of_searched(const char *name,
                                                                        const char *directories,
                                                                        char *const *environment,
                                                                        unsigned depth)
{
    char path[PATH_MAX / 2];
    return search(path, sizeof path, name, directories)
               ? loader_of_path(AT_FDCWD, path, environment, depth)
               : LOADER_UNKNOWN;
}

/* Of env(1) both count, but what it starts is what matters where env has no loader. */
static enum program_loader loader_of_script(char *line, char *const *environment, unsigned depth)
{
    char *interpreter, *argument;
    if (!split_line(line, &interpreter, &argument) || depth == MAX_INTERPRETERS)
        return LOADER_UNKNOWN;
    enum program_loader loader = loader_of_path(AT_FDCWD, interpreter, environment, depth + 1);
    const char *name = env_program(interpreter, argument);
    if (!name || loader == LOADER_FOREIGN || loader == LOADER_UNKNOWN)
        return loader;
    return strchr(name, '/')
               ? loader_of_path(AT_FDCWD, name, environment, depth + 1)
               : loader_of_searched(name, path_of(environment), environment, depth + 1);
}

static enum program_loader loader_of_file(const struct file *file, const char *path,
                                          char *const *environment, unsigned depth)
{
    union {
        Elf64_Ehdr elf;
        char line[LINE_SIZE];
    } head = {.line = ""};
    long size = KERNEL(pread64, file->fd, head.line, sizeof head.line - 1, 0);
    if (size >= (long)sizeof head.elf && !memcmp(head.line, ELFMAG, SELFMAG))
        return loader_of_elf(file, &head.elf, path);
    return size > 2 ? loader_of_script(head.line, environment, depth) : LOADER_UNKNOWN;
}

static enum program_loader loader_of_path(int directory, const char *path, char *const *environment,
                                          unsigned depth)
{
    struct file file;
    if (!file_open(&file, directory, path))
        return LOADER_UNKNOWN;
    enum program_loader loader = loader_of_file(&file, path, environment, depth);
    KERNEL(close, file.fd);
    return loader;
}

/* The file itself, by the name that proc(5) gives it: a descriptor may be for its path only. */
static enum program_loader loader_of_descriptor(int fd, char *const *environment)
{
    char path[32] = "/proc/self/fd/", digits[12];
    size_t used = strlen(path), count = 0;
    if (fd < 0)
        return LOADER_UNKNOWN;
    do {
        digits[count++] = (char)('0' + fd % 10);
    } while (fd /= 10);
    while (count)
        path[used++] = digits[--count];
    path[used] = '\0';
    return loader_of_path(AT_FDCWD, path, environment, 0);
}

enum program_loader program_loader(const struct program *program, char *const *environment)
{
    if (!program->path)
        return LOADER_UNKNOWN;
    if (!*program->path)
        return program->or_directory ? loader_of_descriptor(program->directory, environment)
                                     : LOADER_UNKNOWN;
    if (program->searched && !strchr(program->path, '/'))
        return loader_of_searched(program->path, path_of(environ), environment, 0);
    return loader_of_path(program->directory, program->path, environment, 0);
}
