#include "launch/elf_facts.h"

#include <fcntl.h>
#include <gelf.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Runtimes that must be the first library of a process: by how their names begin. */
static const char *const runtimes[] = {
    "libasan.so",
    "libtsan.so",
    "libclang_rt.asan",
    "libclang_rt.tsan",
};

/* By a read of its own: libelf has no way to these bytes but by reading the whole file, which is
 * megabytes of a program with debug information. */
static void read_loader_name(struct elf_facts *facts, int fd, const GElf_Phdr *header)
{
    size_t size = sizeof facts->loader - 1;
    if (header->p_filesz < size)
        size = header->p_filesz;
    if (header->p_offset > INT64_MAX ||
        pread(fd, facts->loader, size, (off_t)header->p_offset) != (ssize_t)size)
        size = 0;
    facts->loader[size] = '\0';
}

static void read_loader(struct elf_facts *facts, Elf *elf, int fd)
{
    size_t count = 0;
    GElf_Phdr header;
    elf_getphdrnum(elf, &count);
    for (size_t i = 0; i < count; i++) {
        if (!gelf_getphdr(elf, i, &header) || header.p_type != PT_INTERP)
            continue;
        facts->uses_loader = true;
        read_loader_name(facts, fd, &header);
    }
}

static void note_runtime(struct elf_facts *facts, const char *needed)
{
    for (size_t i = 0; i < sizeof runtimes / sizeof *runtimes; i++)
        if (!strncmp(needed, runtimes[i], strlen(runtimes[i])))
            snprintf(facts->runtime, sizeof facts->runtime, "%s", needed);
}

/* The dynamic loader has no loader, but it has a name, which static programs have not. */
static void read_dynamic(struct elf_facts *facts, Elf *elf, Elf_Scn *section,
                         const GElf_Shdr *shape)
{
    Elf_Data *data = elf_getdata(section, NULL);
    size_t count = data && shape->sh_entsize ? data->d_size / shape->sh_entsize : 0;
    GElf_Dyn entry;
    for (size_t i = 0; i < count && gelf_getdyn(data, i, &entry); i++) {
        if (entry.d_tag == DT_SONAME)
            facts->uses_loader = true;
        if (entry.d_tag != DT_NEEDED)
            continue;
        const char *name = elf_strptr(elf, shape->sh_link, entry.d_un.d_val);
        if (name)
            note_runtime(facts, name);
    }
}

static void read_notes(struct elf_facts *facts, Elf_Scn *section)
{
    Elf_Data *data = elf_getdata(section, NULL);
    GElf_Nhdr note;
    size_t name, id;
    for (size_t at = 0; data && (at = gelf_getnote(data, at, &note, &name, &id));) {
        const char *bytes = data->d_buf;
        if (note.n_type != NT_GNU_BUILD_ID || note.n_namesz != sizeof ELF_NOTE_GNU ||
            memcmp(bytes + name, ELF_NOTE_GNU, sizeof ELF_NOTE_GNU) != 0)
            continue;
        for (size_t i = 0; i < note.n_descsz && 2 * i + 2 < sizeof facts->build_id; i++)
            sprintf(facts->build_id + 2 * i, "%02x", (unsigned char)bytes[id + i]);
    }
}

static void read_sections(struct elf_facts *facts, Elf *elf)
{
    GElf_Shdr shape;
    size_t names = 0;
    elf_getshdrstrndx(elf, &names);
    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));) {
        if (!gelf_getshdr(section, &shape))
            continue;
        const char *name = elf_strptr(elf, names, shape.sh_name);
        if (name && !strcmp(name, ".go.buildinfo"))
            facts->is_go = true;
        if (shape.sh_type == SHT_DYNAMIC)
            read_dynamic(facts, elf, section, &shape);
        if (shape.sh_type == SHT_NOTE)
            read_notes(facts, section);
    }
}

static bool is_cut(int fd, const GElf_Ehdr *header)
{
    struct stat status;
    uint64_t size = (uint64_t)header->e_phnum * header->e_phentsize;
    if (!size || fstat(fd, &status))
        return false;
    uint64_t end = (uint64_t)status.st_size;
    return header->e_phoff > end || end - header->e_phoff < size;
}

static void read_elf(struct elf_facts *facts, Elf *elf, int fd)
{
    GElf_Ehdr header;
    if (elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &header))
        return;
    facts->is_elf = true;
    facts->class = gelf_getclass(elf);
    facts->machine = header.e_machine;
    facts->is_cut = is_cut(fd, &header);
    read_loader(facts, elf, fd);
    read_sections(facts, elf);
}

void elf_facts_read(struct elf_facts *facts, const char *path)
{
    *facts = (struct elf_facts){0};
    elf_version(EV_CURRENT);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
    if (elf) {
        read_elf(facts, elf, fd);
        elf_end(elf);
    }
    close(fd);
}
