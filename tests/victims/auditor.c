/* auditor: has the loader call it (LD_AUDIT) before and after each function that is called by a
 * linkage table, and so come between the caller and the function. */
#include <link.h>

unsigned la_version(unsigned version)
{
    (void)version;
    return LAV_CURRENT;
}

unsigned la_objopen(struct link_map *object, Lmid_t space, uintptr_t *cookie)
{
    (void)object, (void)space, (void)cookie;
    return LA_FLG_BINDTO | LA_FLG_BINDFROM;
}

#ifdef __x86_64__

/* How much of the caller's stack the function may read. */
enum { ARGUMENTS = 256 };

ElfW(Addr)
    la_x86_64_gnu_pltenter(ElfW(Sym) * symbol, unsigned number, uintptr_t *from, uintptr_t *to,
                           La_x86_64_regs *registers, unsigned *flags, const char *name, long *size)
{
    (void)number, (void)from, (void)to, (void)registers, (void)flags, (void)name;
    *size = ARGUMENTS;
    return symbol->st_value;
}

unsigned la_x86_64_gnu_pltexit(ElfW(Sym) * symbol, unsigned number, uintptr_t *from, uintptr_t *to,
                               const La_x86_64_regs *before, La_x86_64_retval *after,
                               const char *name)
{
    (void)symbol, (void)number, (void)from, (void)to, (void)before, (void)after, (void)name;
    return 0;
}

#endif
