/*
 * object_make goes through the sections once. What a module is (libc, libssl, ...) depends on its
 * soname, which is in one of them, so it is decided when all are read; whether it has OpenSSL
 * depends on that in turn, and is decided last.
 */
#include "doctor/object.h"

#include "base/memory.h"

#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- whose it is --- */

static bool begins_with(const char *text, const char *beginning)
{
    return !strncmp(text, beginning, strlen(beginning));
}

static enum object_kind kind_of(const char *name)
{
    /* Before glibc 2.34 several of these held functions that are hooked. */
    static const char *const libc[] = {"libc.so.",    "libpthread.so.", "libdl.so.",  "librt.so.",
                                       "libm.so.",    "libresolv.so.",  "libanl.so.", "libnsl.so.",
                                       "libutil.so.", "ld-linux",       "ld64.so.",   "ld.so."};
    if (begins_with(name, "libgreq.so"))
        return OBJECT_GREQ;
    if (begins_with(name, "libssl.so."))
        return OBJECT_LIBSSL;
    for (size_t i = 0; i < sizeof libc / sizeof *libc; i++)
        if (begins_with(name, libc[i]))
            return OBJECT_LIBC;
    return OBJECT_ORDINARY;
}

/* --- its dynamic section --- */

static void add_needed(struct object *object, const char *name)
{
    object->needed = memory_grow(object->needed, object->needed_count, &object->needed_capacity,
                                 sizeof *object->needed);
    object->needed[object->needed_count++] = memory_copy(name);
}

static void read_dynamic_entry(struct object *object, const GElf_Dyn *entry, const char *name)
{
    switch (entry->d_tag) {
    case DT_SONAME:
        if (name && *name) {
            free(object->name);
            object->name = memory_copy(name);
        }
        break;
    case DT_NEEDED:
        if (name)
            add_needed(object, name);
        break;
    case DT_SYMBOLIC:
        object->binds_itself = true;
        break;
    case DT_FLAGS:
        object->binds_itself |= (entry->d_un.d_val & DF_SYMBOLIC) != 0;
        break;
    }
}

static void read_dynamic(struct object *object, Elf *elf, Elf_Scn *section, const GElf_Shdr *shape)
{
    Elf_Data *data = elf_getdata(section, NULL);
    size_t count = data && shape->sh_entsize ? data->d_size / shape->sh_entsize : 0;
    GElf_Dyn entry;
    for (size_t i = 0; i < count && gelf_getdyn(data, i, &entry) && entry.d_tag != DT_NULL; i++)
        read_dynamic_entry(object, &entry, elf_strptr(elf, shape->sh_link, entry.d_un.d_val));
}

/* --- its symbols --- */

static void note_import(struct object *object, const struct catalogue *catalogue, const char *name)
{
    int number = catalogue_find(catalogue, name);
    if (number >= 0)
        object->imports[number] = true;
    if (!strcmp(name, "dlopen") || !strcmp(name, "dlmopen"))
        object->opens_libraries = true;
}

static void note_definition(struct object *object, const struct catalogue *catalogue,
                            const char *name)
{
    int number = catalogue_find(catalogue, name);
    if (number >= 0)
        object->defines[number] = true;
    if (!strcmp(name, "Py_IsInitialized"))
        object->is_python = true;
    if (!strcmp(name, "__asan_init") || !strcmp(name, "__tsan_init") ||
        !strcmp(name, "__msan_init"))
        object->is_sanitizer = true;
}

/* Symbols that nobody else sees matter only where they show that OpenSSL is in there. */
static void note_private(struct object *object, const struct catalogue *catalogue, const char *name)
{
    int number = catalogue_find(catalogue, name);
    if (number >= 0 && catalogue->items[number].of_openssl && !object->defines[number])
        object->openssl = OPENSSL_HIDDEN;
}

static void note(struct object *object, const struct catalogue *catalogue, const char *name,
                 bool is_dynamic, bool is_undefined)
{
    if (is_dynamic && is_undefined)
        note_import(object, catalogue, name);
    else if (is_dynamic)
        note_definition(object, catalogue, name);
    else if (!is_undefined)
        note_private(object, catalogue, name);
}

static bool is_code(const GElf_Sym *symbol)
{
    int type = GELF_ST_TYPE(symbol->st_info);
    return type == STT_FUNC || type == STT_GNU_IFUNC || type == STT_NOTYPE;
}

static void read_symbols(struct object *object, const struct catalogue *catalogue, Elf *elf,
                         Elf_Scn *section, const GElf_Shdr *shape)
{
    Elf_Data *data = elf_getdata(section, NULL);
    size_t count = data && shape->sh_entsize ? data->d_size / shape->sh_entsize : 0;
    GElf_Sym symbol;
    for (size_t i = 1; i < count && gelf_getsym(data, i, &symbol); i++) {
        const char *name = elf_strptr(elf, shape->sh_link, symbol.st_name);
        if (!name || !is_code(&symbol))
            continue;
        note(object, catalogue, name, shape->sh_type == SHT_DYNSYM, symbol.st_shndx == SHN_UNDEF);
    }
}

/* --- OpenSSL --- */

/* A source file whose name is in every build of OpenSSL and of its kin, for their error messages.
 */
static const char openssl_mark[] = "ssl/ssl_lib.c";

static bool holds_mark(Elf *elf)
{
    size_t names = 0;
    GElf_Shdr shape;
    elf_getshdrstrndx(elf, &names);
    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));) {
        const char *name =
            gelf_getshdr(section, &shape) ? elf_strptr(elf, names, shape.sh_name) : NULL;
        Elf_Data *data = name && begins_with(name, ".rodata") ? elf_rawdata(section, NULL) : NULL;
        if (data && data->d_buf &&
            memmem(data->d_buf, data->d_size, openssl_mark, sizeof openssl_mark - 1))
            return true;
    }
    return false;
}

static bool any_of_openssl(const bool *numbers, const struct catalogue *catalogue)
{
    for (size_t i = 0; i < catalogue->hooked_count; i++)
        if (numbers[i] && catalogue->items[i].of_openssl)
            return true;
    return false;
}

static void judge_openssl(struct object *object, const struct catalogue *catalogue, Elf *elf)
{
    if (object->kind == OBJECT_LIBSSL || object->kind == OBJECT_GREQ)
        object->openssl = OPENSSL_NOT_HELD;
    else if (any_of_openssl(object->defines, catalogue))
        object->openssl = OPENSSL_DEFINED;
    else if (any_of_openssl(object->imports, catalogue))
        object->openssl = OPENSSL_NOT_HELD;
    else if (holds_mark(elf))
        object->openssl = OPENSSL_HIDDEN;
}

/* --- the whole --- */

static void read_section(struct object *object, const struct catalogue *catalogue, Elf *elf,
                         Elf_Scn *section, size_t names)
{
    GElf_Shdr shape;
    if (!gelf_getshdr(section, &shape))
        return;
    const char *name = elf_strptr(elf, names, shape.sh_name);
    if (name && !strcmp(name, ".go.buildinfo"))
        object->is_go = true;
    if (shape.sh_type == SHT_DYNAMIC)
        read_dynamic(object, elf, section, &shape);
    if (shape.sh_type == SHT_DYNSYM || shape.sh_type == SHT_SYMTAB)
        read_symbols(object, catalogue, elf, section, &shape);
}

static void read_elf(struct object *object, const struct catalogue *catalogue, Elf *elf)
{
    size_t names = 0;
    if (elf_kind(elf) != ELF_K_ELF || elf_getshdrstrndx(elf, &names))
        return;
    object->readable = true;
    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));)
        read_section(object, catalogue, elf, section, names);
    object->kind = kind_of(object->name);
    judge_openssl(object, catalogue, elf);
    if (object->kind == OBJECT_GREQ || object->kind == OBJECT_LIBC)
        memset(object->imports, 0, catalogue->count * sizeof *object->imports);
}

void object_make(struct object *object, const struct catalogue *catalogue, const char *name,
                 const char *path, const char *file)
{
    *object = (struct object){
        .path = memory_copy(path ? path : ""),
        .name = memory_copy(basename(name ? name : path)),
        .imports = memory_alloc(catalogue->count, sizeof(bool)),
        .defines = memory_alloc(catalogue->count, sizeof(bool)),
    };
    object->kind = kind_of(object->name);
    elf_version(EV_CURRENT);
    int fd = file ? open(file, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    Elf *elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
    if (elf) {
        read_elf(object, catalogue, elf);
        elf_end(elf);
    }
    close(fd);
}

void object_finish(struct object *object)
{
    for (size_t i = 0; i < object->needed_count; i++)
        free(object->needed[i]);
    free(object->needed);
    free(object->imports);
    free(object->defines);
    free(object->path);
    free(object->name);
}
