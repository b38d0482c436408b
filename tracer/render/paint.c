#include "render/paint.h"

#include "render/clean.h"

#include <stdlib.h>
#include <string.h>

static const char *sequence(const struct style *style, const char *code)
{
    return style->colour ? code : "";
}

const char *paint_bold(const struct style *style)
{
    return sequence(style, "\033[1m");
}

const char *paint_red(const struct style *style)
{
    return sequence(style, "\033[31m");
}

const char *paint_green(const struct style *style)
{
    return sequence(style, "\033[32m");
}

const char *paint_cyan(const struct style *style)
{
    return sequence(style, "\033[36m");
}

const char *paint_dim(const struct style *style)
{
    return sequence(style, "\033[2m");
}

const char *paint_plain(const struct style *style)
{
    return sequence(style, "\033[0m");
}

char *paint_seconds(char text[SECONDS_SIZE], double seconds)
{
    if (seconds >= 0.9995)
        snprintf(text, SECONDS_SIZE, "%.2f s", seconds);
    else if (seconds >= 0.0009995)
        snprintf(text, SECONDS_SIZE, "%.*f ms", seconds < 0.00995 ? 1 : 0, seconds * 1e3);
    else if (seconds > 0)
        snprintf(text, SECONDS_SIZE, "%.0f us", seconds * 1e6);
    else
        snprintf(text, SECONDS_SIZE, "0 s");
    return text;
}

void paint_text(const struct style *style, FILE *out, const char *text, size_t length)
{
    char *copy = clean_copy(text, !style->utf8);
    bool cut = clean_length(copy) > length;
    clean_cut(copy, cut ? length - 3 : length);
    fprintf(out, "%s%s", copy, cut ? "..." : "");
    free(copy);
}

char *paint_place(char *text, size_t size, const struct frame *frame)
{
    if (*frame->file)
        snprintf(text, size, "%s:%u", basename(frame->file), frame->line);
    else
        snprintf(text, size, "%s", frame->module);
    return text;
}

enum { PLACE_SIZE = 96, FUNCTION_SHOWN = 60 };

static void put_frame(FILE *out, const struct frame *frame)
{
    char place[PLACE_SIZE];
    fprintf(out, "%.*s", FUNCTION_SHOWN, frame->function);
    if (*frame->file || strncmp(frame->function, frame->module, strlen(frame->module)) != 0)
        fprintf(out, " (%s)", paint_place(place, sizeof place, frame));
}

char *paint_site(const struct call_group *group)
{
    char *text = NULL;
    size_t size;
    const struct frame *own = group_own_site(group);
    FILE *out = open_memstream(&text, &size);
    if (!out)
        abort();
    put_frame(out, group_call_site(group));
    if (own) {
        fputs(" from ", out);
        put_frame(out, own);
    }
    fclose(out);
    return text;
}

/* Of a long path the end says more, from a folder on. */
static void put_kind(FILE *out, const char *kind)
{
    size_t length = strlen(kind);
    bool is_cut = *kind == '/' && length > FUNCTION_SHOWN;
    const char *end = kind + (is_cut ? length - FUNCTION_SHOWN : 0);
    const char *folder = strchr(end, '/');
    fprintf(out, "%s%s", is_cut ? "..." : "", is_cut && folder ? folder : end);
}

/* " on fd 1 (standard output, a pipe)" */
static void put_one(FILE *out, const struct descriptor *on)
{
    static const char *const standard[] = {"standard input", "standard output", "standard error"};
    bool is_standard = on->fd < 3 && !on->peer;
    fprintf(out, " on fd %d", on->fd);
    if (is_standard || on->kind)
        fprintf(out, " (%s%s", is_standard ? standard[on->fd] : "",
                is_standard && on->kind ? ", " : "");
    if (on->kind)
        put_kind(out, on->kind);
    fputs(is_standard || on->kind ? ")" : "", out);
}

static void put_several(FILE *out, const struct descriptor *on)
{
    if (on->kind) {
        fputs(" on descriptors, each ", out);
        put_kind(out, on->kind);
    }
    if (on->peer)
        fputs(" on connections", out);
}

char *paint_descriptor(const struct call_group *group)
{
    const struct descriptor *on = &group->on;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        abort();
    if (on->several)
        put_several(out, on);
    else if (on->known)
        put_one(out, on);
    if (on->peer)
        fprintf(out, " to %.*s", FUNCTION_SHOWN, on->peer);
    fclose(out);
    return text;
}

/* The end of the words of `text` that fit into `room` columns; one word always does. */
static const char *fit(const char *text, size_t room)
{
    const char *end = text, *next = text;
    while (*next) {
        next += strspn(next, " ");
        next += strcspn(next, " ");
        if (end != text && (size_t)(next - text) > room)
            break;
        end = next;
    }
    return end;
}

void paint_paragraph(const struct style *style, FILE *out, const char *text, int indent)
{
    char *clean = clean_copy(text, !style->utf8);
    size_t room = style->width > 2 * indent ? style->width - indent : indent;
    for (const char *line = clean; *line;) {
        const char *end = fit(line, room);
        fprintf(out, "%*s%.*s\n", line == clean ? 0 : indent, "", (int)(end - line), line);
        line = end + strspn(end, " ");
    }
    free(clean);
}
