#include "sys/loader_lock.h"

#include "sys/kernel.h"

#include <link.h>
#include <pthread.h>
#include <sys/auxv.h>

static pthread_mutex_t *lock; /* NULL: not known */

static bool is_taken_once_by(const pthread_mutex_t *mutex, pid_t thread)
{
    return mutex->__data.__owner == thread && mutex->__data.__lock && mutex->__data.__count == 1 &&
           mutex->__data.__kind == PTHREAD_MUTEX_RECURSIVE_NP;
}

static void look_into(char *begin, const char *end, pid_t thread)
{
    for (; !lock && begin + sizeof *lock <= end; begin += _Alignof(pthread_mutex_t))
        if (is_taken_once_by((void *)begin, thread))
            lock = (void *)begin;
}

/* Its variables that may change begin where those end that are protected after relocation. */
static int look_into_loader(struct dl_phdr_info *object, size_t size, void *none)
{
    char *base = (char *)object->dlpi_addr, *begin = base, *end = base;
    (void)size, (void)none;
    if (object->dlpi_addr != getauxval(AT_BASE))
        return 0;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        if (segment->p_type == PT_GNU_RELRO)
            begin = base + segment->p_vaddr + segment->p_memsz;
        else if (segment->p_type == PT_LOAD && segment->p_flags & PF_W)
            end = base + segment->p_vaddr + segment->p_memsz;
    }
    if (begin > base)
        look_into(begin, end, kernel_thread());
    return 1;
}

/* What is still taken afterwards is another one: dlopen's, if that has loaded us. */
void loader_lock_find(void)
{
    dl_iterate_phdr(look_into_loader, NULL);
    if (lock && lock->__data.__owner)
        lock = NULL;
}

static pid_t owner(void)
{
    return lock ? __atomic_load_n(&lock->__data.__owner, __ATOMIC_RELAXED) : 0;
}

bool loader_lock_is_own(void)
{
    pid_t has_it = owner();
    return has_it && has_it == kernel_thread();
}

/* What it guards is right at any moment for who walks along it: an object comes and goes by one
 * store. */
void loader_lock_free(void)
{
    if (owner())
        *lock = (pthread_mutex_t)PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
}
