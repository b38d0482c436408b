/*
 * page.h: what the parts of the doctor's page for people share: paragraphs that fit the terminal.
 */
#ifndef DOCTOR_PAGE_H
#define DOCTOR_PAGE_H

#include "doctor/diagnosis.h"
#include "render/render.h"

enum { PAGE_INDENT = 2 };

struct page {
    const struct diagnosis *diagnosis;
    const struct style *style;
    bool all; /* name everything */
    FILE *out;
};

/* Text that goes on in the next line, `indent` columns in, where the terminal's width ends. */
struct paragraph {
    const struct page *page;
    int indent;
    int column; /* where the next word goes; `indent` at the start */
};

/* Begins a part of the page: an empty line and a title, without the end of its line. */
void page_title(const struct page *page, const char *title);

/* Prints a text as a paragraph of its own. */
void page_text(const struct page *page, const char *text);

/* Begins a paragraph whose first line has `heading` in front, which may be "". */
struct paragraph page_paragraph(const struct page *page, int indent, const char *heading);

/* Adds a word, cleaned, or the words of a text. */
void page_word(struct paragraph *paragraph, const char *word);
void page_words(struct paragraph *paragraph, const char *text);

/* Ends the paragraph's last line. */
void page_end(const struct paragraph *paragraph);

/* The parts that tell what is imported: what blocks because nobody hooks it, and what is hooked. */
void page_not_hooked(const struct page *page);
void page_hooked(const struct page *page);

#endif
