#include "doctor/page.h"

#include "base/memory.h"
#include "render/clean.h"
#include "render/paint.h"

#include <stdlib.h>
#include <string.h>

void page_title(const struct page *page, const char *title)
{
    fprintf(page->out, "\n%s%s%s", paint_bold(page->style), title, paint_plain(page->style));
}

void page_text(const struct page *page, const char *text)
{
    struct paragraph paragraph = page_paragraph(page, PAGE_INDENT, "");
    page_words(&paragraph, text);
    page_end(&paragraph);
}

struct paragraph page_paragraph(const struct page *page, int indent, const char *heading)
{
    fprintf(page->out, "%*s%-*s", PAGE_INDENT, "", indent - PAGE_INDENT, heading);
    return (struct paragraph){page, indent, indent};
}

/* Blanks or a new line before a word of this length. */
static void make_room(struct paragraph *paragraph, int length)
{
    const struct page *page = paragraph->page;
    if (paragraph->column == paragraph->indent)
        return;
    if (paragraph->column + 1 + length > page->style->width) {
        fprintf(page->out, "\n%*s", paragraph->indent, "");
        paragraph->column = paragraph->indent;
    } else {
        fputs(" ", page->out);
        paragraph->column++;
    }
}

void page_word(struct paragraph *paragraph, const char *word)
{
    char *clean = clean_copy(word, !paragraph->page->style->utf8);
    int length = (int)clean_length(clean);
    make_room(paragraph, length);
    fputs(clean, paragraph->page->out);
    paragraph->column += length;
    free(clean);
}

void page_words(struct paragraph *paragraph, const char *text)
{
    char *copy = memory_copy(text), *rest = copy;
    for (char *word; (word = strsep(&rest, " "));)
        if (*word)
            page_word(paragraph, word);
    free(copy);
}

void page_end(const struct paragraph *paragraph)
{
    fputs("\n", paragraph->page->out);
}
