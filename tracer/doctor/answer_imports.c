/*
 * answer_imports.c: the parts of the page that tell what is imported.
 */
#include "doctor/page.h"

#include "doctor/imports.h"
#include "render/clean.h"
#include "render/paint.h"

#include <stdlib.h>
#include <string.h>

enum { GROUP_WIDTH = 9, NAME_WIDTH_MAX = 40, IMPORTERS_MAX = 3, ROWS_MAX = 8 };

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

static void put_functions(struct paragraph *paragraph, const struct object *object,
                          const struct import_group *group)
{
    const struct diagnosis *diagnosis = paragraph->page->diagnosis;
    for (size_t i = 0; i < diagnosis->catalogue.count; i++) {
        const struct known_function *function = &diagnosis->catalogue.items[i];
        char remark[64];
        if (!imports_function(diagnosis, object, group, i))
            continue;
        page_word(paragraph, function->name);
        snprintf(remark, sizeof remark, "(%s)", function->remark);
        if (*function->remark)
            page_words(paragraph, remark);
    }
}

/* --- what is not hooked --- */

/* One of them: "(curl,", "libssl.so.3)". */
static void put_importer(struct paragraph *paragraph, const char *name, bool first, bool last)
{
    char text[512];
    snprintf(text, sizeof text, "%s%s%s", first ? "(" : "", name, last ? ")" : ",");
    page_word(paragraph, text);
}

static void put_importers(struct paragraph *paragraph, const struct import_group *group)
{
    const struct page *page = paragraph->page;
    char more[64];
    size_t importers = imports_count_objects(page->diagnosis, group), told = 0;
    size_t limit = page->all ? importers : IMPORTERS_MAX;
    for (size_t i = 0; i < page->diagnosis->object_count && told < limit; i++) {
        const struct object *object = &page->diagnosis->objects[i];
        if (!imports_count(page->diagnosis, object, group))
            continue;
        told++;
        put_importer(paragraph, object->name, told == 1, told == importers);
    }
    snprintf(more, sizeof more, "and %zu more)", importers - told);
    if (told < importers)
        page_words(paragraph, more);
}

static void print_group(const struct page *page, const struct import_group *group)
{
    struct paragraph paragraph = page_paragraph(page, PAGE_INDENT + GROUP_WIDTH, group->name);
    put_functions(&paragraph, NULL, group);
    fputs(paint_dim(page->style), page->out);
    put_importers(&paragraph, group);
    fputs(paint_plain(page->style), page->out);
    page_end(&paragraph);
}

void page_not_hooked(const struct page *page)
{
    const struct import_groups groups = imports_groups(page->diagnosis, false);
    size_t count = imports_count_all(page->diagnosis, NULL, &groups);
    if (!count)
        return;
    page_title(page, "not hooked");
    fprintf(page->out, ": %zu imported function%s that can block the thread with all its tasks\n",
            count, plural(count));
    for (size_t i = 0; i < groups.count; i++)
        print_group(page, &groups.items[i]);
}

/* --- what is hooked --- */

/* A table: a row for each module, a column for each family. */
struct table {
    const struct page *page;
    struct import_groups groups;
    int name_width;
};

static int column_width(const struct import_group *group)
{
    int length = (int)strlen(group->name);
    return (length < 4 ? 4 : length) + 2;
}

static bool has_row(const struct table *table, const struct object *object)
{
    return imports_count_all(table->page->diagnosis, object, &table->groups) > 0;
}

/* Of the longest name in the table. */
static int name_width(const struct table *table)
{
    size_t width = strlen("module");
    for (size_t i = 0; i < table->page->diagnosis->object_count; i++) {
        const struct object *object = &table->page->diagnosis->objects[i];
        if (has_row(table, object) && strlen(object->name) > width)
            width = strlen(object->name);
    }
    return width < NAME_WIDTH_MAX ? (int)width : NAME_WIDTH_MAX;
}

static void print_head(const struct table *table)
{
    FILE *out = table->page->out;
    fprintf(out, "%*s%-*s", PAGE_INDENT, "", table->name_width, "module");
    for (size_t i = 0; i < table->groups.count; i++)
        fprintf(out, "%*s", column_width(&table->groups.items[i]), table->groups.items[i].name);
    fputs("\n", out);
}

static void print_name(const struct table *table, const char *name)
{
    char *clean = clean_copy(name, !table->page->style->utf8);
    clean_cut(clean, table->name_width);
    int blanks = table->name_width - (int)clean_length(clean);
    fprintf(table->page->out, "%*s%s%*s", PAGE_INDENT, "", clean, blanks, "");
    free(clean);
}

static void print_counts(const struct table *table, const struct object *object)
{
    for (size_t i = 0; i < table->groups.count; i++) {
        const struct import_group *group = &table->groups.items[i];
        size_t count = imports_count(table->page->diagnosis, object, group);
        if (count)
            fprintf(table->page->out, "%*zu", column_width(group), count);
        else
            fprintf(table->page->out, "%*s", column_width(group), "-");
    }
    fputs("\n", table->page->out);
}

static void print_row(const struct table *table, const struct object *object)
{
    print_name(table, object->name);
    print_counts(table, object);
    if (!table->page->all)
        return;
    struct paragraph paragraph = page_paragraph(table->page, 2 * PAGE_INDENT, "");
    for (size_t i = 0; i < table->groups.count; i++)
        put_functions(&paragraph, object, &table->groups.items[i]);
    page_end(&paragraph);
}

static void print_table(const struct table *table)
{
    const struct page *page = table->page;
    size_t rows = 0;
    print_head(table);
    for (size_t i = 0; i < page->diagnosis->object_count; i++) {
        const struct object *object = &page->diagnosis->objects[i];
        if (has_row(table, object) && (++rows <= ROWS_MAX || page->all))
            print_row(table, object);
    }
    if (rows > ROWS_MAX && !page->all)
        fprintf(page->out, "%*sand %zu more (--all)\n", PAGE_INDENT, "", rows - ROWS_MAX);
}

void page_hooked(const struct page *page)
{
    struct table table = {page, imports_groups(page->diagnosis, true), 0};
    size_t count = imports_count_all(page->diagnosis, NULL, &table.groups);
    if (!page->diagnosis->object_count)
        return;
    page_title(page, "hooked");
    fprintf(page->out, ": %zu imported function%s that can wait\n", count, plural(count));
    table.name_width = name_width(&table);
    if (count)
        print_table(&table);
}
