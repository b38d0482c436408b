/*
 * Symbols by the objects' own hash tables; a walk over all objects; whether any was loaded since.
 *
 * A fork does not free the loader's lock in its child. So a walk over the objects enters here
 * first, and a fork waits until nobody is inside.
 */
#include "sys/elf.h"

#include "sys/check.h"
#include "sys/clock.h"
#include "sys/elf_tables.h"
#include "sys/kernel.h"
#include "sys/self.h"
#include "sys/thread.h"

#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/auxv.h>
#include <time.h>

/* Where an object lies. */
struct span {
    ElfW(Addr) begin, size;
};

static struct span span_of(const struct dl_phdr_info *object)
{
    ElfW(Addr) begin = UINTPTR_MAX, end = 0;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD)
            continue;
        if (segment->p_vaddr < begin)
            begin = segment->p_vaddr;
        if (segment->p_vaddr + segment->p_memsz > end)
            end = segment->p_vaddr + segment->p_memsz;
    }
    return (struct span){object->dlpi_addr + begin, end - begin};
}

/* glibc stores addresses there, other loaders and the vDSO what has to be added to dlpi_addr. An
 * object may have been linked for a higher address: then dlpi_addr wraps around. */
static const void *address_of(const struct dl_phdr_info *object, const struct span *span,
                              ElfW(Addr) value)
{
    bool is_address = value - span->begin < span->size;
    return (const void *)(is_address ? value : object->dlpi_addr + value);
}

static void take_entry(struct elf_tables *tables, const struct dl_phdr_info *object,
                       const struct span *span, const ElfW(Dyn) * entry)
{
    const void *address = address_of(object, span, entry->d_un.d_ptr);
    size_t relocations = entry->d_un.d_val / sizeof(ElfW(Rela));
    if (entry->d_tag == DT_SYMTAB)
        tables->symbols = address;
    else if (entry->d_tag == DT_STRTAB)
        tables->names = address;
    else if (entry->d_tag == DT_GNU_HASH)
        tables->hash = address;
    else if (entry->d_tag == DT_VERSYM)
        tables->versions = address;
    else if (entry->d_tag == DT_RELA)
        tables->data.first = address;
    else if (entry->d_tag == DT_RELASZ)
        tables->data.count = relocations;
    else if (entry->d_tag == DT_JMPREL)
        tables->linkage.first = address;
    else if (entry->d_tag == DT_PLTRELSZ)
        tables->linkage.count = relocations;
}

static const ElfW(Dyn) * dynamic_section(const struct dl_phdr_info *object)
{
    for (int i = 0; i < object->dlpi_phnum; i++)
        if (object->dlpi_phdr[i].p_type == PT_DYNAMIC)
            return (const ElfW(Dyn) *)(object->dlpi_addr + object->dlpi_phdr[i].p_vaddr);
    return NULL;
}

bool elf_has_versions(const struct dl_phdr_info *object)
{
    const ElfW(Dyn) *entry = dynamic_section(object);
    while (entry && entry->d_tag != DT_NULL && entry->d_tag != DT_VERSYM)
        entry++;
    return entry && entry->d_tag == DT_VERSYM;
}

struct elf_tables elf_tables_of(const struct dl_phdr_info *object)
{
    struct elf_tables tables = {0};
    struct span span = span_of(object);
    size_t relative = 0;
    for (const ElfW(Dyn) *entry = dynamic_section(object); entry && entry->d_tag != DT_NULL;
         entry++) {
        take_entry(&tables, object, &span, entry);
        if (entry->d_tag == DT_RELACOUNT)
            relative = entry->d_un.d_val;
    }
    if (!tables.data.first || relative > tables.data.count)
        tables.data.count = 0;
    if (!tables.linkage.first)
        tables.linkage.count = 0;
    tables.data.first += tables.data.count ? relative : 0;
    tables.data.count -= tables.data.count ? relative : 0;
    return tables;
}

static bool is_old_version(const struct elf_tables *tables, uint32_t index)
{
    enum { HIDDEN = 0x8000 };
    return tables->versions && tables->versions[index] & HIDDEN;
}

/* Of a name that the object may have. */
static const ElfW(Sym) *
    find_symbol(const struct elf_tables *tables, const char *name, uint32_t hash, bool takes_old)
{
    const struct elf_hash_table *table = tables->hash;
    const uint32_t *buckets = (const uint32_t *)(table->filter + table->filter_words);
    const uint32_t *chains = buckets + table->bucket_count; /* each one's last entry is odd */
    uint32_t index = table->bucket_count ? buckets[hash % table->bucket_count] : 0;
    if (index < table->first_symbol || !index)
        return NULL;
    for (;; index++) {
        uint32_t other = chains[index - table->first_symbol];
        const ElfW(Sym) *symbol = &tables->symbols[index];
        if ((other | 1) == (hash | 1) && strcmp(tables->names + symbol->st_name, name) == 0 &&
            (takes_old || !is_old_version(tables, index)))
            return symbol;
        if (other & 1)
            return NULL;
    }
}

void *elf_find(const struct dl_phdr_info *object, const char *name)
{
    struct elf_tables tables = elf_tables_of(object);
    uint32_t hash = elf_hash(name, strlen(name));
    if (!elf_can_be_searched(&tables) || !elf_may_have(elf_filter_of(&tables), hash))
        return NULL;
    const ElfW(Sym) *symbol = find_symbol(&tables, name, hash, true);
    if (!symbol || symbol->st_shndx == SHN_UNDEF || ELF64_ST_TYPE(symbol->st_info) != STT_FUNC)
        return NULL;
    return (void *)(object->dlpi_addr + symbol->st_value);
}

void *elf_newest(const struct dl_phdr_info *object, const struct elf_tables *tables,
                 const char *name, uint32_t hash)
{
    const ElfW(Sym) *symbol = find_symbol(tables, name, hash, false);
    if (!symbol || symbol->st_shndx == SHN_UNDEF)
        return NULL;
    return ELF64_ST_TYPE(symbol->st_info) == STT_FUNC
               ? (void *)(object->dlpi_addr + symbol->st_value)
               : ELF_NO_FUNCTION;
}

void elf_code(const struct dl_phdr_info *object, const void **begin, const void **end)
{
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_X))
            continue;
        *begin = (const void *)(object->dlpi_addr + segment->p_vaddr);
        *end = (const char *)*begin + segment->p_memsz;
    }
}

/* ---- all objects ---- */

/* A fork does not free the loader's lock in the child, and whoever throws there wants it: so none
 * happens while a thread has it for us. */
static unsigned inside, holding; /* atomic: threads that have it; forks that are about to happen */

/* The lock is had for microseconds, but a thread that has it may have to wait for a processor. */
static void wait_a_little(unsigned *turns)
{
    static const struct timespec nap = {.tv_nsec = NS_PER_MS / 10};
    if (++*turns < 20)
        sched_yield();
    else
        KERNEL(nanosleep, &nap, NULL);
}

/* Whoever forks may enter, and who is inside already: a fork may be waiting for it. */
static bool must_wait(void)
{
    return __atomic_load_n(&holding, __ATOMIC_SEQ_CST) && !this_thread.passing &&
           this_thread.in_loader == 1;
}

static void enter(void)
{
    unsigned turns = 0;
    this_thread.in_loader++;
    for (;;) {
        while (must_wait())
            wait_a_little(&turns);
        __atomic_fetch_add(&inside, 1, __ATOMIC_SEQ_CST);
        if (!must_wait())
            return;
        __atomic_fetch_sub(&inside, 1, __ATOMIC_SEQ_CST);
    }
}

static void leave(void)
{
    __atomic_fetch_sub(&inside, 1, __ATOMIC_RELEASE);
    this_thread.in_loader--;
}

static int iterate(int (*visit)(struct dl_phdr_info *object, size_t size, void *argument),
                   void *argument)
{
    enter();
    int result = dl_iterate_phdr(visit, argument);
    leave();
    return result;
}

/* In a handler that has interrupted this very thread inside nobody need be waited for: neither it
 * nor those who want the lock that it has can leave. */
bool elf_hold(uint64_t give_up)
{
    unsigned turns = 0;
    __atomic_fetch_add(&holding, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&inside, __ATOMIC_SEQ_CST)) {
        if (this_thread.in_loader || clock_now() >= give_up)
            return false;
        wait_a_little(&turns);
    }
    return true;
}

void elf_release(void)
{
    CHECK(__atomic_load_n(&holding, __ATOMIC_RELAXED)); /* by this fork, until now */
    __atomic_fetch_sub(&holding, 1, __ATOMIC_RELEASE);
}

/* A handler that forks may return to where this thread is inside. */
void elf_after_fork(void)
{
    inside = this_thread.in_loader;
    holding = 0;
}

struct visitor {
    bool (*visit)(const struct dl_phdr_info *object, void *argument);
    void *argument;
};

static int visit_object(struct dl_phdr_info *object, size_t size, void *argument)
{
    const struct visitor *visitor = argument;
    (void)size;
    return visitor->visit(object, visitor->argument);
}

bool elf_each_object(bool (*visit)(const struct dl_phdr_info *object, void *argument),
                     void *argument)
{
    struct visitor visitor = {visit, argument};
    return iterate(visit_object, &visitor) != 0;
}

/* ---- what is loaded ---- */

static int note_counts(struct dl_phdr_info *object, size_t size, void *argument)
{
    struct dl_phdr_info *counts = argument;
    (void)size;
    counts->dlpi_adds = object->dlpi_adds;
    counts->dlpi_subs = object->dlpi_subs;
    return 1;
}

unsigned long long elf_loaded_count(void)
{
    struct dl_phdr_info counts = {.dlpi_adds = 0};
    iterate(note_counts, &counts);
    return counts.dlpi_adds;
}

const struct link_map *elf_last_at_start;

/* Not by dladdr, which goes through all symbols of an object for the one that is nearest. */
const struct link_map *elf_own(void)
{
    const struct link_map *each = _r_debug.r_map;
    while (each && each->l_addr != (ElfW(Addr))__ehdr_start)
        each = each->l_next;
    return each;
}

void elf_note_start(void)
{
    unsigned long loader = getauxval(AT_BASE);
    for (const struct link_map *each = loader ? elf_own() : NULL; each; each = each->l_next)
        if (each->l_addr == loader)
            elf_last_at_start = each;
}

uint64_t elf_count_objects(void)
{
    struct dl_phdr_info counts = {.dlpi_adds = 0};
    iterate(note_counts, &counts);
    return counts.dlpi_adds << 24 ^ counts.dlpi_subs;
}
