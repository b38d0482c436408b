/* unversioned_library: it is linked with -nostdlib, so the loader gives it the oldest body of each
 * function. Of a condition that body writes the first word alone. */
#include "unversioned_library.h"

#include <link.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

typedef int wait_function(pthread_cond_t *, pthread_mutex_t *);

static int wait_otherwise(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
    (void)cond, (void)mutex;
    return 0;
}

/* The loader puts the function there, with nothing and 4 added. */
static wait_function *volatile of_data[] = {pthread_cond_wait, pthread_cond_wait};
static const char *volatile inside = (const char *)pthread_cond_wait + 4;

static __attribute__((constructor)) void change_one(void)
{
    of_data[1] = wait_otherwise;
}

int unversioned_data(void)
{
    wait_function *volatile of_table = pthread_cond_wait;
    return of_data[0] == of_table && of_data[1] == wait_otherwise &&
           inside == (const char *)of_table + 4;
}

#ifdef BINDING_code
__asm__(".pushsection .text\n"
        ".balign 8\n"
        ".quad pthread_cond_wait\n"
        ".popsection\n");
#endif

/* ---- calls that the library has led elsewhere, as a profiler does ---- */

#ifdef BINDING_lazy
static int broadcast_otherwise(pthread_cond_t *cond)
{
    (void)cond;
    return 7;
}

extern const char base[] __asm__("__ehdr_start") __attribute__((visibility("hidden")));

static ElfW(Addr) table(ElfW(Sxword) tag)
{
    const ElfW(Dyn) *entry = _DYNAMIC;
    while (entry->d_tag != tag)
        entry++;
    return entry->d_un.d_ptr;
}

static __attribute__((constructor)) void lead_elsewhere(void)
{
    const ElfW(Sym) *symbols = (const ElfW(Sym) *)table(DT_SYMTAB);
    const ElfW(Rela) *calls = (const ElfW(Rela) *)table(DT_JMPREL);
    const char *names = (const char *)table(DT_STRTAB);
    for (size_t i = 0; i < table(DT_PLTRELSZ) / sizeof *calls; i++)
        if (!strcmp(names + symbols[ELF64_R_SYM(calls[i].r_info)].st_name,
                    "pthread_cond_broadcast"))
            *(int (**)(pthread_cond_t *))(base + calls[i].r_offset) = broadcast_otherwise;
}
#endif

int unversioned_elsewhere(void)
{
#ifdef BINDING_lazy
    static pthread_cond_t none;
    return pthread_cond_broadcast(&none);
#else
    return 7;
#endif
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond;
static int told;

static void begin(void)
{
    memset(&cond, 0xa5, sizeof cond);
    pthread_cond_init(&cond, NULL);
    told = 0;
}

int unversioned_wait(void)
{
    struct timespec until;
    begin();
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec -= 1;
    pthread_mutex_lock(&mutex);
    int result = pthread_cond_timedwait(&cond, &mutex, &until);
    pthread_mutex_unlock(&mutex);
    pthread_cond_destroy(&cond);
    return result;
}

static void *tell(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&mutex);
    told = 1;
    pthread_cond_signal(&cond);
    pthread_mutex_unlock(&mutex);
    return NULL;
}

int unversioned_meet(void)
{
    pthread_t thread;
    int result = -1;
    begin();
    pthread_mutex_lock(&mutex);
    pthread_create(&thread, NULL, tell, NULL);
    while (!told)
        result = pthread_cond_wait(&cond, &mutex);
    pthread_mutex_unlock(&mutex);
    pthread_join(thread, NULL);
    pthread_cond_destroy(&cond);
    return result;
}
