/*
 * Which modules are keepers: by what their files show, and by name.
 *
 * The next task of the thread would take for its own what a module keeps there: pybind11's list of
 * what a call's arguments must outlive, PyO3's pool of references, gRPC's ExecCtx. A keeper has
 * PT_TLS, a TLS relocation (which names another module's variable, too) or a relocation against
 * pthread_getspecific, tss_get or PyThread_tss_get. They are sought once whenever objects were
 * loaded; with none in the process no stack is walked. The module that a native task's stack begins
 * in is no keeper for that task: who starts tasks knows of them.
 *
 * libc's own locks are seen by no hook. It has one around a plug-in for names while it lists them
 * (getpwent), so no task is parked in the middle of a `libnss_*` that is not libc's own.
 *
 * Modelled on pybind/pybind11 #3237, PyO3/pyo3 #3668 (pydantic #7211), PyO3/pyo3-async-runtimes
 * #39, boostorg/leaf #5, bdwgc #362, grpc/grpc #4629 and #20931, gevent #786 and #938.
 */
#include "host/keepers.h"

#include "config/through.h"
#include "sys/elf.h"
#include "sys/elf_state.h"
#include "sys/self.h"
#include "sys/table.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

/* ---- what is known of modules, by their files' names ---- */

/* Keep something, though their files do not show it. */
static const char *const known_keepers[] = {
    "libabsl_synchronization", /* the thread's identity, which libabsl_base has for it */
};

/*
 * Keep something that a wait in their middle leaves as it was, or that the task takes along. With
 * the reason each, and with a test each in tests/python where a program can wait in them.
 */
static const char *const known_safe[] = {
    /* runtimes: what they keep is moved at a switch (errno, exceptions), or is libc's own business
     */
    "libc.so",
    "libc-2",
    "libm",
    "libpthread",
    "libdl",
    "librt",
    "libresolv",
    "libnsl",
    "libutil",
    "libanl",
    "libnss_files",
    "libnss_dns",
    "libnss_compat",
    "libnss_hesiod",
    "ld-linux-x86-64",
    "ld-linux-aarch64",
    "libstdc++",
    "libgcc_s",
    "libc++",
    "libc++abi",
    /* sanitizers: their functions stand around every call that they watch */
    "libasan",
    "libtsan",
    "liblsan",
    "libubsan",
    /* the interpreter: a greenlet has its own part of the thread's state */
    "libpython3",
    /* the host of greenlets */
    "greenlet",
    "_greenlet",
    /* OpenSSL: the error queue is moved at a switch; beside it there are random generators */
    "libcrypto",
    "libssl",
    /* libxml2: the last error and default settings, both set anew for each document */
    "libxml2",
    "libxslt",
    "libexslt",
    /* LMDB: a thread's place among readers, which Python's binding does not use (MDB_NOTLS) */
    "liblmdb",
    "lmdb",
    /* cffi: errno, saved after each call and restored before the next one */
    "_cffi_backend",
    /* GnuTLS and what it stands on: a random generator; the text of the last error */
    "libgnutls",
    "libp11-kit",
    /* OpenLDAP: what its own thread pool keeps per thread; a caller's thread is none of it */
    "libldap",
    "libldap_r",
    "liblber",
    /* libuv: it hands its callers' own keys on (uv_key_get), and keeps nothing itself. The wait in
     * its middle is mostly that of a loop, which is for its host to say (uvloop) */
    "libuv",
    /* Kerberos: the text of the last error */
    "libkrb5support",
    "libkrb5",
    "libgssapi_krb5",
    "libcom_err",
};

static bool is_in(const char *const *list, size_t count, const char *file)
{
    for (size_t i = 0; i < count; i++)
        if (through_matches(file, list[i]))
            return true;
    return false;
}

#define IS_IN(list, file) is_in(list, sizeof(list) / sizeof *(list), file)

/* The same by folder, where the file's name says too little. */
static const char *const safe_folders[] = {
    /* the host of greenlets */
    "/gevent/",
    /* cryptography: its module of Rust is the way to libssl, and keeps whether the thread has the
     * GIL, which it has whenever that is asked */
    "/cryptography/hazmat/bindings/",
};

static bool is_in_safe_folder(const char *path)
{
    for (size_t i = 0; i < sizeof safe_folders / sizeof *safe_folders; i++)
        if (strstr(path, safe_folders[i]))
            return true;
    return false;
}

/* Plug-ins of libc's for names: getpwent(3) and its kin hold a lock of libc's own around them,
 * which no hook sees. */
static bool is_plugin_for_names(const char *file)
{
    static const char prefix[] = "libnss_";
    return !strncmp(file, prefix, sizeof prefix - 1);
}

static const char *file_of(const struct dl_phdr_info *object)
{
    const char *slash = strrchr(object->dlpi_name, '/');
    if (!*object->dlpi_name)
        return program_invocation_short_name;
    return slash ? slash + 1 : object->dlpi_name;
}

static bool is_keeper(const struct dl_phdr_info *object)
{
    const char *file = file_of(object);
    enum through said = through_of(file);
    if (said != THROUGH_NOT_SAID)
        return said == THROUGH_FORBIDDEN;
    if (IS_IN(known_safe, file) || is_in_safe_folder(object->dlpi_name))
        return false;
    if (IS_IN(known_keepers, file) || is_plugin_for_names(file))
        return true;
    return elf_keeps_thread_state(object) && !elf_find(object, "Py_IsInitialized");
}

/* ---- those that are loaded ---- */

struct keeper {
    const char *begin, *end; /* where it is mapped */
    char name[64];
};

/* Of an entry that was published only the end changes: one that is gone ends where it begins, and
 * is taken up again when the same is loaded at its address, as plugins are again and again. */
static TABLE struct keeper keepers[KEEPERS_MOST];
static size_t keeper_count;
static unsigned long long seen; /* elf_loaded_count() of the last look */

static struct bounds {
    const char *begin, *end;
} bounds_of(const struct dl_phdr_info *object)
{
    struct bounds bounds = {(const char *)UINTPTR_MAX, NULL};
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        const char *begin = (const char *)(object->dlpi_addr + segment->p_vaddr);
        if (segment->p_type != PT_LOAD)
            continue;
        if (begin < bounds.begin)
            bounds.begin = begin;
        if (begin + segment->p_memsz > bounds.end)
            bounds.end = begin + segment->p_memsz;
    }
    return bounds;
}

static bool is_empty(struct bounds bounds)
{
    return bounds.begin >= bounds.end;
}

static bool is_same(const struct keeper *keeper, struct bounds bounds, const char *file)
{
    return keeper->begin == bounds.begin &&
           (keeper->end == bounds.end || keeper->end == keeper->begin) &&
           !strncmp(keeper->name, file, sizeof keeper->name - 1);
}

/* Also one that is gone. */
static struct keeper *find_known(struct bounds bounds, const char *file)
{
    for (size_t i = 0; i < keeper_count; i++)
        if (is_same(&keepers[i], bounds, file))
            return &keepers[i];
    return NULL;
}

/* Without room for it the last entry becomes all of memory: then nothing is parked. */
static void add(struct bounds bounds, const char *file)
{
    size_t at = keeper_count < KEEPERS_MOST ? keeper_count : KEEPERS_MOST - 1;
    if (keeper_count == KEEPERS_MOST)
        bounds = (struct bounds){NULL, (const char *)UINTPTR_MAX};
    keepers[at].begin = bounds.begin;
    strncpy(keepers[at].name, file, sizeof keepers[at].name - 1);
    __atomic_store_n(&keepers[at].end, bounds.end, __ATOMIC_RELEASE);
    __atomic_store_n(&keeper_count, at + 1, __ATOMIC_RELEASE);
}

/* A look at all objects. */
struct look {
    unsigned long long loaded, unloaded; /* how often, in all */
    size_t count;                        /* of entries, before */
    bool present[KEEPERS_MOST];
};

static bool look_at(const struct dl_phdr_info *object, void *argument)
{
    struct look *look = argument;
    struct bounds bounds = bounds_of(object);
    look->loaded = object->dlpi_adds;
    look->unloaded = object->dlpi_subs;
    if (is_empty(bounds) || self_contains(bounds.begin) || !is_keeper(object))
        return false;
    struct keeper *known = find_known(bounds, file_of(object));
    if (!known) {
        add(bounds, file_of(object));
        return false;
    }
    __atomic_store_n(&known->end, bounds.end, __ATOMIC_RELEASE);
    look->present[known - keepers] = true;
    return false;
}

/* dlclose may have made room for something else. With the loader's lock, too: what another thread
 * has loaded and found since would be dropped. If it has, the next look drops what is gone. */
static bool drop_absent(const struct dl_phdr_info *object, void *argument)
{
    const struct look *look = argument;
    if (object->dlpi_adds != look->loaded || object->dlpi_subs != look->unloaded)
        return true;
    for (size_t i = 0; i < look->count; i++)
        if (!look->present[i] && keepers[i].begin)
            __atomic_store_n(&keepers[i].end, keepers[i].begin, __ATOMIC_RELEASE);
    return true;
}

/* Two threads that look at once: the loader's lock lets one after the other add. */
static void look_at_all(void)
{
    struct look look = {.count = __atomic_load_n(&keeper_count, __ATOMIC_ACQUIRE)};
    elf_each_object(look_at, &look);
    elf_each_object(drop_absent, &look);
}

static void update(void)
{
    unsigned long long loaded = elf_loaded_count();
    if (loaded != __atomic_load_n(&seen, __ATOMIC_ACQUIRE)) {
        look_at_all();
        __atomic_store_n(&seen, loaded, __ATOMIC_RELEASE);
    }
}

bool keepers_none_at_start;

/* The count of what was loaded is only asked for when what is there may be something else. */
bool keepers_update(uint64_t version)
{
    static uint64_t looked = UINT64_MAX;
    if (version != __atomic_load_n(&looked, __ATOMIC_ACQUIRE)) {
        update();
        __atomic_store_n(&looked, version, __ATOMIC_RELEASE);
        __atomic_store_n(&keepers_none_at_start,
                         !version && !__atomic_load_n(&keeper_count, __ATOMIC_ACQUIRE),
                         __ATOMIC_RELAXED);
    }
    return __atomic_load_n(&keeper_count, __ATOMIC_ACQUIRE) > 0;
}

unsigned keepers_generation(void)
{
    return (unsigned)__atomic_load_n(&seen, __ATOMIC_ACQUIRE);
}

unsigned keepers_number(uint64_t address)
{
    size_t count = __atomic_load_n(&keeper_count, __ATOMIC_ACQUIRE);
    for (size_t i = 0; i < count; i++)
        if (address >= (uintptr_t)keepers[i].begin &&
            address < (uintptr_t)__atomic_load_n(&keepers[i].end, __ATOMIC_ACQUIRE))
            return (unsigned)i + 1;
    return 0;
}

const char *keepers_name(unsigned number)
{
    return keepers[number - 1].name;
}
