/*
 * answer_text.c: a diagnosis for people: the verdict and what is in the way, what is not hooked,
 * what is seen by module, who else takes calls, notes. One screen, unless all is asked for.
 */
#include "doctor/answer.h"

#include "base/memory.h"
#include "doctor/judge.h"
#include "render/paint.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum {
    INDENT = 2,
    GROUP_WIDTH = 9,
    NAME_WIDTH_MAX = 40,
    MODULES_MAX = 3,
    ROWS_MAX = 8,
    INTERPOSED_MAX = 4
};

/* What all parts of the page need. */
struct page {
    const struct diagnosis *diagnosis;
    const struct style *style;
    bool all;
    FILE *out;
};

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

/* --- paragraphs --- */

/* Text that goes on in the next line, `indent` columns in, where the terminal's width ends. */
struct paragraph {
    const struct page *page;
    int indent;
    int column;
};

static void put_word(struct paragraph *paragraph, const char *word)
{
    const struct style *style = paragraph->page->style;
    int length = (int)strlen(word);
    bool at_start = paragraph->column == paragraph->indent;
    if (!at_start && paragraph->column + 1 + length > style->width) {
        fprintf(paragraph->page->out, "\n%*s", paragraph->indent, "");
        paragraph->column = paragraph->indent;
    } else if (!at_start) {
        fputs(" ", paragraph->page->out);
        paragraph->column++;
    }
    paint_text(style, paragraph->page->out, word, PATH_MAX);
    paragraph->column += length;
}

static void put_words(struct paragraph *paragraph, const char *text)
{
    char *copy = memory_copy(text), *rest = copy;
    for (char *word; (word = strsep(&rest, " "));)
        if (*word)
            put_word(paragraph, word);
    free(copy);
}

static void print_indented(const struct page *page, const char *text)
{
    struct paragraph paragraph = {page, INDENT, INDENT};
    fprintf(page->out, "%*s", INDENT, "");
    put_words(&paragraph, text);
    fputs("\n", page->out);
}

static void print_title(const struct page *page, const char *title)
{
    fprintf(page->out, "\n%s%s%s", paint_bold(page->style), title, paint_plain(page->style));
}

/* --- the verdict --- */

static void print_subject(const struct page *page, const char *subject)
{
    const struct target *target = &page->diagnosis->target;
    const char *path = target->step_count ? target->steps[0] : subject;
    if (page->diagnosis->pid)
        fprintf(page->out, "process %d, ", (int)page->diagnosis->pid);
    paint_text(page->style, page->out, path, PATH_MAX);
}

static void print_verdict(const struct page *page, const char *subject)
{
    enum verdict verdict = diagnosis_verdict(page->diagnosis);
    fprintf(page->out, "%s%sgreq %s ", paint_bold(page->style),
            verdict == VERDICT_REACHED ? paint_green(page->style) : paint_red(page->style),
            verdict == VERDICT_NOT ? "cannot reach" : "reaches");
    print_subject(page, subject);
    fprintf(page->out, "%s%s\n", verdict == VERDICT_IN_PART ? " in part" : "",
            paint_plain(page->style));
}

static void print_steps(const struct page *page)
{
    const struct target *target = &page->diagnosis->target;
    if (target->step_count < 2)
        return;
    fprintf(page->out, "%*sa script: what runs is ", INDENT, "");
    for (size_t i = 1; i < target->step_count; i++) {
        fputs(i > 1 ? ", and from there " : "", page->out);
        paint_text(page->style, page->out, target->steps[i], PATH_MAX);
    }
    fputs("\n", page->out);
}

static void print_findings(const struct page *page, enum weight from, enum weight to)
{
    for (size_t i = 0; i < page->diagnosis->finding_count; i++) {
        const struct finding *finding = &page->diagnosis->findings[i];
        if (finding->weight >= from && finding->weight <= to)
            print_indented(page, finding->text);
    }
}

/* --- functions --- */

/* Functions of one group, hooked or not. */
struct selection {
    const char *group;
    bool hooked;
};

enum { SELECTIONS_MAX = 32 };

struct selections {
    struct selection items[SELECTIONS_MAX];
    size_t count;
};

static bool is_selected(const struct known_function *function, const struct selection *selection)
{
    return function->hooked == selection->hooked && !strcmp(function->group, selection->group);
}

/* How many functions of a selection a module, or any module if NULL, imports. */
static size_t count_selected(const struct diagnosis *diagnosis, const struct object *object,
                             const struct selection *selection)
{
    size_t count = 0;
    for (size_t i = 0; i < diagnosis->catalogue.count; i++)
        if (is_selected(&diagnosis->catalogue.items[i], selection))
            count += object ? object->imports[i] : diagnosis_imports(diagnosis, i);
    return count;
}

static size_t count_importers(const struct diagnosis *diagnosis, const struct selection *selection)
{
    size_t count = 0;
    for (size_t i = 0; i < diagnosis->object_count; i++)
        count += count_selected(diagnosis, &diagnosis->objects[i], selection) > 0;
    return count;
}

static bool has_selection(const struct selections *selections, const struct selection *selection)
{
    for (size_t i = 0; i < selections->count; i++)
        if (!strcmp(selections->items[i].group, selection->group))
            return true;
    return false;
}

/* The groups of which something is imported, in the catalogue's order. What is hooked though it
 * does not wait is no interest to the reader. */
static struct selections select_imports(const struct diagnosis *diagnosis, bool hooked)
{
    struct selections selections = {.count = 0};
    for (size_t i = 0; i < diagnosis->catalogue.count; i++) {
        const struct known_function *function = &diagnosis->catalogue.items[i];
        const struct selection selection = {function->group, hooked};
        if (function->hooked == hooked && strcmp(function->group, "own") &&
            diagnosis_imports(diagnosis, i) && !has_selection(&selections, &selection) &&
            selections.count < SELECTIONS_MAX)
            selections.items[selections.count++] = selection;
    }
    return selections;
}

static size_t count_all(const struct diagnosis *diagnosis, const struct object *object,
                        const struct selections *selections)
{
    size_t count = 0;
    for (size_t i = 0; i < selections->count; i++)
        count += count_selected(diagnosis, object, &selections->items[i]);
    return count;
}

static void put_selected(struct paragraph *paragraph, const struct object *object,
                         const struct selection *selection)
{
    const struct diagnosis *diagnosis = paragraph->page->diagnosis;
    for (size_t i = 0; i < diagnosis->catalogue.count; i++) {
        const struct known_function *function = &diagnosis->catalogue.items[i];
        if (!is_selected(function, selection) ||
            !(object ? object->imports[i] : diagnosis_imports(diagnosis, i)))
            continue;
        put_word(paragraph, function->name);
        if (*function->remark) {
            char remark[64];
            snprintf(remark, sizeof remark, "(%s)", function->remark);
            put_words(paragraph, remark);
        }
    }
}

/* "(curl, libssl.so.3, and 2 more)" */
static void put_importers(struct paragraph *paragraph, const struct selection *selection)
{
    const struct page *page = paragraph->page;
    char text[PATH_MAX];
    size_t count = 0, importers = count_importers(page->diagnosis, selection);
    for (size_t i = 0; i < page->diagnosis->object_count; i++) {
        const struct object *object = &page->diagnosis->objects[i];
        if (!count_selected(page->diagnosis, object, selection) ||
            (++count > MODULES_MAX && !page->all))
            continue;
        snprintf(text, sizeof text, "%s%s%s", count == 1 ? "(" : "", object->name,
                 count == importers ? ")" : ",");
        put_word(paragraph, text);
    }
    if (count > MODULES_MAX && !page->all) {
        snprintf(text, sizeof text, "and %zu more)", count - MODULES_MAX);
        put_words(paragraph, text);
    }
}

/* --- what is not hooked --- */

static void print_group(const struct page *page, const struct selection *selection)
{
    int indent = INDENT + GROUP_WIDTH;
    struct paragraph paragraph = {page, indent, indent};
    fprintf(page->out, "%*s%-*s", INDENT, "", GROUP_WIDTH, selection->group);
    put_selected(&paragraph, NULL, selection);
    fputs(paint_dim(page->style), page->out);
    put_importers(&paragraph, selection);
    fprintf(page->out, "%s\n", paint_plain(page->style));
}

static void print_not_hooked(const struct page *page)
{
    const struct selections selections = select_imports(page->diagnosis, false);
    size_t count = count_all(page->diagnosis, NULL, &selections);
    if (!count)
        return;
    print_title(page, "not hooked");
    fprintf(page->out, ": %zu imported function%s that can block the thread with all its tasks\n",
            count, plural(count));
    for (size_t i = 0; i < selections.count; i++)
        print_group(page, &selections.items[i]);
}

/* --- what is hooked --- */

static int column_width(const struct selection *selection)
{
    int length = (int)strlen(selection->group);
    return (length < 4 ? 4 : length) + 2;
}

static void print_counts(const struct page *page, const struct object *object,
                         const struct selections *selections)
{
    for (size_t i = 0; i < selections->count; i++) {
        size_t count = count_selected(page->diagnosis, object, &selections->items[i]);
        int width = column_width(&selections->items[i]);
        if (count)
            fprintf(page->out, "%*zu", width, count);
        else
            fprintf(page->out, "%*s", width, "-");
    }
    fputs("\n", page->out);
}

/* Of the longest name in the table. */
static int name_width(const struct page *page, const struct selections *selections)
{
    size_t width = strlen("module");
    for (size_t i = 0; i < page->diagnosis->object_count; i++) {
        const struct object *object = &page->diagnosis->objects[i];
        if (count_all(page->diagnosis, object, selections) && strlen(object->name) > width)
            width = strlen(object->name);
    }
    return width < NAME_WIDTH_MAX ? (int)width : NAME_WIDTH_MAX;
}

static void print_column_titles(const struct page *page, int width,
                                const struct selections *selections)
{
    fprintf(page->out, "%*s%-*s", INDENT, "", width, "module");
    for (size_t i = 0; i < selections->count; i++)
        fprintf(page->out, "%*s", column_width(&selections->items[i]), selections->items[i].group);
    fputs("\n", page->out);
}

static void print_names(const struct page *page, const struct object *object,
                        const struct selections *selections)
{
    struct paragraph paragraph = {page, 2 * INDENT, 2 * INDENT};
    fprintf(page->out, "%*s", 2 * INDENT, "");
    for (size_t i = 0; i < selections->count; i++)
        put_selected(&paragraph, object, &selections->items[i]);
    fputs("\n", page->out);
}

static void print_module(const struct page *page, const struct object *object, int width,
                         const struct selections *selections)
{
    char name[NAME_WIDTH_MAX + 1];
    snprintf(name, sizeof name, "%s", object->name);
    fprintf(page->out, "%*s%-*s", INDENT, "", width, name);
    print_counts(page, object, selections);
    if (page->all)
        print_names(page, object, selections);
}

static void print_modules(const struct page *page, const struct selections *selections)
{
    size_t rows = 0;
    int width = name_width(page, selections);
    print_column_titles(page, width, selections);
    for (size_t i = 0; i < page->diagnosis->object_count; i++) {
        const struct object *object = &page->diagnosis->objects[i];
        if (count_all(page->diagnosis, object, selections) && (++rows <= ROWS_MAX || page->all))
            print_module(page, object, width, selections);
    }
    if (rows > ROWS_MAX && !page->all)
        fprintf(page->out, "%*sand %zu more (--all)\n", INDENT, "", rows - ROWS_MAX);
}

static void print_hooked(const struct page *page)
{
    const struct selections selections = select_imports(page->diagnosis, true);
    size_t count = count_all(page->diagnosis, NULL, &selections);
    if (!page->diagnosis->object_count)
        return;
    print_title(page, "hooked");
    fprintf(page->out, ": %zu imported function%s that can wait\n", count, plural(count));
    if (count)
        print_modules(page, &selections);
}

/* --- who else --- */

static bool is_interposed(const struct diagnosis *diagnosis, size_t function)
{
    for (size_t i = 0; i < diagnosis->object_count; i++)
        if (judge_interposes(diagnosis, &diagnosis->objects[i], function))
            return true;
    return false;
}

/* "recv: libfirst.so > libgreq.so > libc.so.6": the first is who is called. */
static void print_order(const struct page *page, size_t function)
{
    struct paragraph paragraph = {page, INDENT, INDENT};
    char name[64];
    bool later = false;
    snprintf(name, sizeof name, "%s:", page->diagnosis->catalogue.items[function].name);
    fprintf(page->out, "%*s", INDENT, "");
    put_word(&paragraph, name);
    for (size_t i = 0; i < page->diagnosis->object_count; i++) {
        if (!page->diagnosis->objects[i].defines[function])
            continue;
        if (later)
            put_word(&paragraph, ">");
        put_word(&paragraph, page->diagnosis->objects[i].name);
        later = true;
    }
    fputs("\n", page->out);
}

static void print_interposed(const struct page *page)
{
    size_t count = 0;
    for (size_t i = 0; i < page->diagnosis->catalogue.hooked_count; i++) {
        if (!is_interposed(page->diagnosis, i))
            continue;
        if (!count++) {
            print_title(page, "who else");
            fputs(": the first that defines a function is called\n", page->out);
        }
        if (count <= INTERPOSED_MAX || page->all)
            print_order(page, i);
    }
    if (count > INTERPOSED_MAX && !page->all)
        fprintf(page->out, "%*sand %zu more (--all)\n", INDENT, "", count - INTERPOSED_MAX);
}

/* --- notes --- */

static void print_library(const struct page *page)
{
    const struct diagnosed_library *library = &page->diagnosis->library;
    if (!*library->path)
        return;
    fprintf(page->out, "%*s", INDENT, "");
    paint_text(page->style, page->out, library->path, PATH_MAX);
    fprintf(page->out, " writes traces of format %d%s\n", library->format,
            library->is_other ? ", and is not the one that this greq would preload" : "");
}

static void print_variables(const struct page *page)
{
    for (size_t i = 0; i < page->diagnosis->variable_count; i++) {
        fprintf(page->out, "%*sin the environment: ", INDENT, "");
        paint_text(page->style, page->out, page->diagnosis->variables[i], PATH_MAX);
        fputs("\n", page->out);
    }
}

static void print_self_test(const struct page *page)
{
    if (!page->diagnosis->self_test.passed) /* a failure is a finding */
        return;
    fprintf(page->out, "%*sself-test passed: %s\n", INDENT, "", page->diagnosis->self_test.text);
}

static void print_notes(const struct page *page)
{
    const struct diagnosis *diagnosis = page->diagnosis;
    if (!diagnosis_first(diagnosis, FINDING_NOTE) && !*diagnosis->library.path &&
        !diagnosis->variable_count)
        return;
    print_title(page, "notes");
    fputs("\n", page->out);
    print_findings(page, FINDING_NOTE, FINDING_NOTE);
    print_library(page);
    print_variables(page);
    print_self_test(page);
}

void answer_text(const struct diagnosis *diagnosis, const char *subject, bool all,
                 const struct style *style, FILE *out)
{
    const struct page page = {diagnosis, style, all, out};
    print_verdict(&page, subject);
    print_steps(&page);
    print_findings(&page, FINDING_OBSTACLE, FINDING_BYPASS);
    print_not_hooked(&page);
    print_hooked(&page);
    print_interposed(&page);
    print_notes(&page);
}
