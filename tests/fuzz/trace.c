/*
 * Traces: metadata and up to three chunk files, read, judged and reported. An input is these files
 * one after another, each behind its size as 32 bits, the last one to the input's end.
 */
#include "target.h"

#include "blame/blame.h"
#include "render/render.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const names[] = {"metadata", "10.1.0.0", "10.1.1.0", "10.1.process.0"};
enum { FILES = sizeof names / sizeof *names };

static char folder[64];

static void remove_folder(void)
{
    char path[128];
    for (int i = 0; i < FILES; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

static void make_folder(void)
{
    snprintf(folder, sizeof folder, "%s/greq-fuzz.XXXXXX",
             access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
    if (!mkdtemp(folder))
        abort();
    atexit(remove_folder);
}

static void write_file(const char *name, const uint8_t *data, size_t size)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    close(fd);
}

static void write_trace(const uint8_t *data, size_t size)
{
    for (int i = 0; i < FILES; i++) {
        uint32_t length = 0;
        if (size >= sizeof length) {
            memcpy(&length, data, sizeof length);
            data += sizeof length;
            size -= sizeof length;
        }
        if (length > size || i == FILES - 1)
            length = size;
        write_file(names[i], data, length);
        data += length;
        size -= length;
    }
}

static void ignore(void *data, const char *line)
{
    (void)data;
    (void)line;
}

static void report(const struct model *model, const struct symbols *symbols)
{
    struct blame blame;
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    blame_compute(&blame, model);
    const struct report report = {.model = model, .blame = &blame, .symbols = symbols};
    const struct style style = {.width = 80};
    render_text(&report, &style, out);
    render_json(&report, &style, out);
    blame_finish(&blame);
    fclose(out);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *paths[] = {folder};
    struct trace trace;
    struct model model;
    struct error error;
    const struct trace_warnings warnings = {ignore, NULL};
    if (!*folder)
        make_folder();
    write_trace(data, size);
    if (trace_open(&trace, paths, 1, &warnings, &error))
        return 0;
    model_build(&model, &trace);
    struct symbols *symbols = symbols_create();
    model_symbolise(&model, symbols);
    report(&model, symbols);
    model_finish(&model);
    symbols_destroy(symbols);
    trace_close(&trace);
    return 0;
}
