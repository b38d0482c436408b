/*
 * Symbols looked up in loaded objects, against what the loader itself says of them.
 */
#include "sys/elf.h"

#include "real/real.h"
#include "suite.h"
#include "sys/clock.h"
#include "sys/elf_tables.h"
#include "sys/loader_lock.h"

#include <dlfcn.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct search {
    const char *object, *name;
    void *found;
    unsigned visited;
};

static bool look(const struct dl_phdr_info *object, void *argument)
{
    struct search *search = argument;
    search->visited++;
    if (!strstr(object->dlpi_name, search->object))
        return false;
    search->found = elf_find(object, search->name);
    return true;
}

static void *find(const char *object, const char *name)
{
    struct search search = {object, name, NULL, 0};
    ck_assert(elf_each_object(look, &search));
    return search.found;
}

/* Functions with one version and no IFUNC, which dlsym would resolve. */
static const char *const functions[] = {"recv",    "listen",  "getenv", "fclose",
                                        "qsort_r", "dlopen",  "strtol", "pthread_create",
                                        "connect", "waitpid", "usleep"};
enum { FUNCTIONS = sizeof functions / sizeof *functions };

START_TEST(finds_what_the_loader_finds)
{
    void *libc = dlopen("libc.so.6", RTLD_NOLOAD | RTLD_LAZY);
    ck_assert_ptr_nonnull(libc);
    ck_assert_ptr_eq(find("/libc.so.6", functions[_i]), dlsym(libc, functions[_i]));
    ck_assert_ptr_nonnull(find("/libc.so.6", functions[_i]));
    dlclose(libc);
}
END_TEST

/* Of several versions the newest, and what several objects define from the first of them. */
START_TEST(libcs_functions_are_those_that_the_loader_finds)
{
    unsigned known = 0;
    real_look_up_all();
    for (int id = 0; id < CALL_COUNT; id++) {
        const char *name = call_infos[id].name;
        void *found = real_known((enum call_id)id);
        if (!found)
            continue;
        known++;
#ifdef __x86_64__
        if (call_infos[id].flags & GLIBC_2_3_2)
            ck_assert_msg(found == dlvsym(RTLD_NEXT, name, "GLIBC_2.3.2"), "%s", name);
        else
#endif
            ck_assert_msg(found == dlsym(RTLD_NEXT, name), "%s", name);
    }
    ck_assert_uint_gt(known, 250);
}
END_TEST

START_TEST(what_is_not_defined_is_not_found)
{
    ck_assert_ptr_null(find("/libc.so.6", "no_such_function"));
    ck_assert_ptr_null(find("/libc.so.6", ""));
    /* A variable is no function, and what an object imports it does not define. */
    ck_assert_ptr_null(find("/libc.so.6", "environ"));
    ck_assert_ptr_null(find("libm.so.6", "recv"));
    /* Nor has the program's own error been touched. */
    ck_assert_ptr_null(dlerror());
}
END_TEST

START_TEST(the_visit_ends_when_it_is_told_to)
{
    struct search search = {"no such object", "", NULL, 0};
    ck_assert(!elf_each_object(look, &search));
    unsigned all = search.visited;
    ck_assert_uint_gt(all, 2);
    search = (struct search){"", "", NULL, 0};
    ck_assert(elf_each_object(look, &search));
    ck_assert_uint_eq(search.visited, 1);
}
END_TEST

START_TEST(loading_is_counted)
{
    unsigned long long before = elf_loaded_count();
    ck_assert_uint_eq(elf_loaded_count(), before);
    void *opened = dlopen("libresolv.so.2", RTLD_LAZY | RTLD_LOCAL);
    ck_assert_ptr_nonnull(opened);
    ck_assert_uint_gt(elf_loaded_count(), before);
    /* Also what is not in the global scope is found. */
    ck_assert_ptr_nonnull(find("libresolv.so.2", "ns_sprintrr"));
    dlclose(opened);
}
END_TEST

/* ---- a fork waits for whoever is inside ---- */

static atomic_bool is_inside, has_left;

static bool stay(const struct dl_phdr_info *object, void *none)
{
    (void)object, (void)none;
    is_inside = true;
    usleep(300000); /* longer than any processor is waited for */
    has_left = true;
    return true;
}

static void *stay_inside(void *none)
{
    elf_each_object(stay, NULL);
    return none;
}

START_TEST(a_fork_waits_for_who_is_inside)
{
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, stay_inside, NULL), 0);
    while (!is_inside)
        sched_yield();
    ck_assert(!elf_hold(clock_now())); /* but not longer than it is told to */
    elf_release();
    ck_assert(elf_hold(clock_after(20 * NS_PER_SECOND)));
    ck_assert(has_left);
    elf_release();
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
}
END_TEST

static bool fork_there(const struct dl_phdr_info *object, void *child)
{
    (void)object;
    bool is_alone = elf_hold(clock_after(20 * NS_PER_SECOND));
    ck_assert(!is_alone); /* at once */
    pid_t pid = fork();
    if (pid == 0)
        elf_after_fork();
    else
        elf_release();
    *(pid_t *)child = pid;
    return true;
}

/* What the thread has itself it cannot wait for, and its child goes on inside. */
START_TEST(who_forks_inside_goes_on)
{
    pid_t child = -1;
    int status = -1;
    ck_assert(elf_each_object(fork_there, &child));
    ck_assert_int_ge(child, 0);
    bool is_left = elf_hold(clock_now());
    elf_release();
    if (child == 0)
        _exit(is_left ? 0 : 1);
    ck_assert(is_left);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}
END_TEST

/* ---- a fork while another thread has the loader's lock by itself ---- */

static atomic_bool may_leave;

static int have_lock(struct dl_phdr_info *object, size_t size, void *none)
{
    (void)object, (void)size, (void)none;
    is_inside = true;
    while (!may_leave)
        usleep(1000);
    return 1;
}

static void *take_lock(void *none)
{
    dl_iterate_phdr(have_lock, NULL);
    return none;
}

/* Whether a forked child sees objects. */
static bool child_sees(void)
{
    int status = -1;
    bool is_own = loader_lock_is_own();
    pid_t child = fork();
    if (child == 0) {
        alarm(20); /* instead of a wait for ever */
        if (!is_own)
            loader_lock_free();
        elf_after_fork();
        _exit(elf_loaded_count() > 0 ? 0 : 1);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return status == 0;
}

static int look_inside(struct dl_phdr_info *object, size_t size, void *is_own)
{
    (void)object, (void)size;
    *(bool *)is_own = loader_lock_is_own();
    return 1;
}

START_TEST(a_child_has_the_lock_that_another_thread_had)
{
    pthread_t thread;
    bool is_own = false;
    loader_lock_find();
    ck_assert(!loader_lock_is_own());
    ck_assert(child_sees());
    dl_iterate_phdr(look_inside, &is_own);
    ck_assert(is_own);
    ck_assert_int_eq(pthread_create(&thread, NULL, take_lock, NULL), 0);
    while (!is_inside)
        sched_yield();
    ck_assert(!loader_lock_is_own());
    ck_assert(child_sees());
    may_leave = true;
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert(child_sees());
}
END_TEST

/* As one that was linked with --hash-style=sysv. */
START_TEST(without_a_table_nothing_is_found)
{
    const struct elf_tables none = {0};
    ck_assert(!elf_can_be_searched(&none));
}
END_TEST

/* glibc shifts a word of 64 bits, so that 32 and more leave nothing of the hash. */
START_TEST(a_filter_is_read_as_the_loader_reads_it)
{
    const char name[] = "read";
    uint32_t hash = elf_hash(name, sizeof name - 1);
    ck_assert_uint_eq(hash, ((((5381u * 33 + 'r') * 33 + 'e') * 33 + 'a') * 33) + 'd');
    ElfW(Addr) word = (ElfW(Addr))1 << hash % 64;
    ck_assert(!elf_may_have((struct elf_filter){&word, 0, 6}, hash));
    ck_assert(!elf_may_have((struct elf_filter){&word, 0, 32}, hash));
    word |= 1;
    ck_assert(elf_may_have((struct elf_filter){&word, 0, 32}, hash));
    word |= (ElfW(Addr))1 << (hash >> 6) % 64;
    ck_assert(elf_may_have((struct elf_filter){&word, 0, 6}, hash));
}
END_TEST

SUITE("elf", EACH(finds_what_the_loader_finds, FUNCTIONS),
      ONCE(libcs_functions_are_those_that_the_loader_finds), ONCE(what_is_not_defined_is_not_found),
      ONCE(the_visit_ends_when_it_is_told_to), ONCE(loading_is_counted),
      ONCE(a_fork_waits_for_who_is_inside), ONCE(a_child_has_the_lock_that_another_thread_had),
      ONCE(who_forks_inside_goes_on), ONCE(without_a_table_nothing_is_found),
      ONCE(a_filter_is_read_as_the_loader_reads_it))
