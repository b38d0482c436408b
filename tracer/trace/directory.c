#include "trace/directory.h"

#include "base/memory.h"
#include "trace/chunk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The metadata of one version takes some 10 KiB; what is far larger is something else. */
enum { METADATA_MAX = 1 << 20 };

static int read_all(int fd, char *text, size_t *size, struct error *error)
{
    *size = 0;
    while (*size < METADATA_MAX) {
        ssize_t got = read(fd, text + *size, METADATA_MAX - *size);
        if (got < 0)
            return error_set(error, "%s", strerror(errno));
        if (got == 0)
            return 0;
        *size += got;
    }
    return error_set(error, "larger than any metadata");
}

static int load_metadata(struct directory *directory, struct error *error)
{
    int fd = openat(directory->fd, "metadata", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return error_set(error, "%s: not a trace: %s", directory->path,
                         errno == ENOENT ? "it has no file 'metadata'" : strerror(errno));
    char *text = memory_alloc(METADATA_MAX, 1);
    size_t size;
    struct error cause;
    int status = read_all(fd, text, &size, &cause);
    if (!status)
        status = metadata_parse(&directory->metadata, text, size, &cause);
    if (status)
        error_set(error, "%s/metadata: %s", directory->path, cause.text);
    free(text);
    close(fd);
    return status;
}

void directory_warn(const struct directory *directory, const char *name, const char *what,
                    const struct trace_warnings *warnings)
{
    struct error line;
    error_set(&line, "%s/%s: %s", directory->path, name, what);
    warnings->warn(warnings->data, line.text);
}

static int is_subdirectory(const struct directory *directory, const struct dirent *entry)
{
    struct stat status;
    if (entry->d_type != DT_UNKNOWN)
        return entry->d_type == DT_DIR;
    return !fstatat(directory->fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) &&
           S_ISDIR(status.st_mode);
}

static void add_file(struct directory *directory, const char *name,
                     const struct trace_warnings *warnings)
{
    struct trace_packet header;
    struct error problem;
    if (chunk_read_header(&header, directory->fd, name, &problem)) {
        directory_warn(directory, name, problem.text, warnings);
        directory->refused++;
        return;
    }
    directory->files = memory_grow(directory->files, directory->file_count,
                                   &directory->file_capacity, sizeof *directory->files);
    directory->files[directory->file_count++] = (struct chunk_file){memory_copy(name), header};
}

static int load_files(struct directory *directory, const struct trace_warnings *warnings,
                      struct error *error)
{
    int fd = dup(directory->fd);
    DIR *listing = fd < 0 ? NULL : fdopendir(fd);
    if (!listing) {
        error_set(error, "%s: %s", directory->path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    for (struct dirent *entry; (entry = readdir(listing));)
        if (entry->d_name[0] != '.' && strcmp(entry->d_name, "metadata") &&
            !is_subdirectory(directory, entry))
            add_file(directory, entry->d_name, warnings);
    closedir(listing);
    return 0;
}

static int compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_streams(const struct trace_packet *a, const struct trace_packet *b)
{
    int order = compare(a->pid, b->pid);
    if (!order)
        order = compare(a->process_start, b->process_start);
    return order ? order : compare(a->thread, b->thread);
}

int directory_same_stream(const struct trace_packet *a, const struct trace_packet *b)
{
    return compare_streams(a, b) == 0;
}

static int compare_files(const void *left, const void *right)
{
    const struct chunk_file *a = left, *b = right;
    int order = compare_streams(&a->header, &b->header);
    if (!order)
        order = compare(a->header.chunk, b->header.chunk);
    return order ? order : strcmp(a->name, b->name);
}

/* Whether a chunk is to be read after the last one of its stream; warns if it is not the next one.
 * The first of a stream may have been deleted, to keep the trace bounded, and are counted in it;
 * others are not deleted. A file that was refused has been told of, and is likely to be one. */
static bool check_place(const struct directory *directory, const struct chunk_file *last,
                        const struct chunk_file *file, const struct trace_warnings *warnings)
{
    uint32_t distance = file->header.chunk - last->header.chunk;
    struct error what;
    if (distance == 0)
        error_set(&what, "left out: it is the same chunk as %s", last->name);
    else
        error_set(&what, "chunks before it are missing (%u): what they recorded is lost",
                  distance - 1);
    if (distance == 0 || (distance > 1 && !directory->refused))
        directory_warn(directory, file->name, what.text, warnings);
    return distance != 0;
}

static void check_order(struct directory *directory, const struct trace_warnings *warnings)
{
    size_t kept = 0;
    for (size_t i = 0; i < directory->file_count; i++) {
        const struct chunk_file *file = &directory->files[i];
        const struct chunk_file *last = kept ? &directory->files[kept - 1] : NULL;
        if (!last || !directory_same_stream(&last->header, &file->header) ||
            check_place(directory, last, file, warnings))
            directory->files[kept++] = *file;
        else
            free(file->name);
    }
    directory->file_count = kept;
}

int directory_open(struct directory *directory, const char *path,
                   const struct trace_warnings *warnings, struct error *error)
{
    *directory = (struct directory){.path = memory_copy(path)};
    directory->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory->fd < 0) {
        error_set(error, "%s: %s", *path ? path : "''",
                  errno == ENOTDIR ? "not a trace: a trace is a directory" : strerror(errno));
        goto cleanup;
    }
    if (load_metadata(directory, error) || load_files(directory, warnings, error))
        goto cleanup;
    if (directory->file_count)
        qsort(directory->files, directory->file_count, sizeof *directory->files, compare_files);
    check_order(directory, warnings);
    return 0;
cleanup:
    directory_close(directory);
    return -1;
}

void directory_close(struct directory *directory)
{
    for (size_t i = 0; i < directory->file_count; i++)
        free(directory->files[i].name);
    free(directory->files);
    metadata_finish(&directory->metadata);
    free(directory->path);
    if (directory->fd >= 0)
        close(directory->fd);
    *directory = (struct directory){.fd = -1};
}
