/*
 * page.c: a page is found in /proc/PID/maps, which its user may read: a shared mapping of a file
 * that is named PID.NAMESPACE, in a directory named greq or greq-UID. So the
 * environment that the process was started with does not matter. The number is the process's own,
 * which in a container is not the one that the caller knows. The path is as the process sees it,
 * or, where it has changed its root with chroot, as the caller does.
 *
 * A left-over is known by the same: no process of that number has it mapped. Only files of this pid
 * namespace are judged, for others' numbers mean nothing here, and none that may be in the making.
 */
#include "live/page.h"

#include "launch/remote_maps.h"
#include "live/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A page is mapped this long after its file was made, at the most. */
enum { MAKING_S = 10 };

/* What a process has mapped. */
struct mapped {
    char page[PATH_MAX]; /* or "" */
    bool has_library, is_known;
};

/* --- /proc/PID/maps --- */

static bool is_number(const char *text)
{
    return *text && text[strspn(text, "0123456789")] == '\0';
}

/* "/run/user/1000/greq/4711.4026531836", "/tmp/greq-1000/4711.4026531836" */
static bool is_page_path(const char *path, pid_t pid)
{
    static const char user[] = "/greq-";
    char copy[PATH_MAX], number[16];
    snprintf(copy, sizeof copy, "%s", path);
    snprintf(number, sizeof number, "/%d.", (int)pid);
    char *name = strrchr(copy, '/');
    if (!name || strncmp(name, number, strlen(number)) || !is_number(name + strlen(number)))
        return false;
    *name = '\0';
    const char *folder = strrchr(copy, '/');
    return folder && (!strcmp(folder, "/greq") ||
                      (!strncmp(folder, user, strlen(user)) && is_number(folder + strlen(user))));
}

/* What is looked for, and what was found. */
struct search {
    pid_t own; /* the process's number, as it knows it */
    struct mapped *mapped;
};

/* Returns whether it is the page. */
static bool look_at_mapping(const struct remote_mapping *mapping, void *data)
{
    const struct search *search = data;
    const char *slash = *mapping->path == '/' ? strrchr(mapping->path, '/') : "";
    if (!strncmp(slash, "/libgreq.so", strlen("/libgreq.so")))
        search->mapped->has_library = true;
    if (strcmp(mapping->rights, "rw-s") != 0 || !is_page_path(mapping->path, search->own) ||
        strlen(mapping->path) >= sizeof search->mapped->page)
        return false;
    strcpy(search->mapped->page, mapping->path);
    search->mapped->has_library = true; /* or there would be none */
    return true;
}

static void read_maps(struct mapped *mapped, pid_t pid)
{
    struct search search = {process_own_number(pid), mapped};
    *mapped = (struct mapped){0};
    mapped->is_known = remote_maps_find(pid, look_at_mapping, &search) != REMOTE_MAPS_UNREADABLE;
}

bool page_is_preloaded(pid_t pid)
{
    struct mapped mapped;
    read_maps(&mapped, pid);
    return mapped.has_library;
}

/* --- a page --- */

static int open_file(pid_t pid, const char *path)
{
    static const int flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC;
    char whole[PATH_MAX + 64];
    struct stat status;
    snprintf(whole, sizeof whole, "/proc/%d/root%s", (int)pid, path);
    int fd = open(whole, flags);
    if (fd < 0 && errno == ENOENT)
        fd = open(path, flags);
    if (fd >= 0 && (fstat(fd, &status) || !S_ISREG(status.st_mode) || status.st_uid != geteuid() ||
                    status.st_size != LIVE_PAGE_SIZE)) {
        close(fd);
        errno = EINVAL;
        return -1;
    }
    return fd;
}

static struct live_page *map_file(int fd)
{
    struct live_page *live = mmap(NULL, LIVE_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return live == MAP_FAILED ? NULL : live;
}

static int find(struct mapped *mapped, pid_t pid, struct error *error)
{
    read_maps(mapped, pid);
    if (!mapped->is_known)
        return error_set(error, "%d: cannot look at this process: %s", (int)pid,
                         strerror(errno ? errno : EACCES));
    if (!mapped->has_library)
        return error_set(error,
                         "%d: libgreq.so is not in this process: start it by `greq run`, or "
                         "preload it",
                         (int)pid);
    if (!*mapped->page)
        return error_set(error,
                         "%d: shares no page with greq: it is younger than a second, has called "
                         "nothing that waits (poll, sleep, accept, ...) since, or has GREQ_LIVE=0",
                         (int)pid);
    return 0;
}

int page_look(struct page *page, pid_t pid, struct error *error)
{
    struct mapped mapped;
    *page = (struct page){.fd = -1};
    if (process_check(pid, false, error) || find(&mapped, pid, error))
        return -1;
    page->fd = open_file(pid, mapped.page);
    page->live = page->fd < 0 ? NULL : map_file(page->fd);
    if (!page->live) {
        error_set(error, "%s: %s", mapped.page, strerror(errno));
    } else if (page->live->magic != LIVE_MAGIC || page->live->version != LIVE_VERSION) {
        error_set(error, "%d: has a libgreq.so of another version of greq", (int)pid);
    } else {
        return 0;
    }
    page_close(page);
    return -1;
}

int page_open(struct page *page, pid_t pid, struct error *error)
{
    if (page_look(page, pid, error))
        return -1;
    if (!flock(page->fd, LOCK_EX | LOCK_NB))
        return 0;
    error_set(error, "%d: another greq command is at it", (int)pid);
    page_close(page);
    return -1;
}

void page_close(struct page *page)
{
    if (page->live)
        munmap(page->live, LIVE_PAGE_SIZE);
    if (page->fd >= 0)
        close(page->fd);
    *page = (struct page){.fd = -1};
}

/* --- left-overs --- */

/* Whether the file is a page that was made where numbers of processes mean the same as here. */
static bool is_page(int fd, const struct stat *status)
{
    struct live_page live;
    struct stat namespace;
    return S_ISREG(status->st_mode) && status->st_uid == geteuid() &&
           pread(fd, &live, sizeof live, 0) == (ssize_t)sizeof live && live.magic == LIVE_MAGIC &&
           !stat("/proc/self/ns/pid", &namespace) && live.pid_namespace == namespace.st_ino;
}

/* In doubt it is not: a file may not be mapped yet, and a process may not be looked at. */
static bool is_left_over(pid_t pid, const struct stat *status)
{
    struct mapped mapped;
    char path[64];
    snprintf(path, sizeof path, "/proc/%d", (int)pid);
    if (access(path, F_OK))
        return true;
    read_maps(&mapped, pid);
    return mapped.is_known && !*mapped.page && time(NULL) - status->st_ctim.tv_sec > MAKING_S;
}

/* The process's number in a file's name, or 0. */
static pid_t number_in(const char *name)
{
    char number[16];
    size_t length = strcspn(name, ".");
    if (length >= sizeof number || !name[length])
        return 0;
    memcpy(number, name, length);
    number[length] = '\0';
    return process_parse(number);
}

static void judge(int folder, const char *name)
{
    struct stat status;
    pid_t pid = number_in(name);
    int fd = pid ? openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    if (!fstat(fd, &status) && is_page(fd, &status) && is_left_over(pid, &status))
        unlinkat(folder, name, 0);
    close(fd);
}

static void sweep_folder(const char *path)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *listing = fd < 0 ? NULL : fdopendir(fd);
    if (!listing) {
        if (fd >= 0)
            close(fd);
        return;
    }
    if (!fstat(fd, &status) && status.st_uid == geteuid())
        for (const struct dirent *entry; (entry = readdir(listing));)
            judge(fd, entry->d_name);
    closedir(listing);
}

void page_sweep(void)
{
    char path[PATH_MAX];
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    if (runtime && *runtime == '/' &&
        snprintf(path, sizeof path, "%s/greq", runtime) < (int)sizeof path)
        sweep_folder(path);
    snprintf(path, sizeof path, "/run/user/%u/greq", (unsigned)geteuid());
    sweep_folder(path);
    snprintf(path, sizeof path, "/tmp/greq-%u", (unsigned)geteuid());
    sweep_folder(path);
}
