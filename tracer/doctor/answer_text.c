/*
 * answer_text.c: the page for people: the verdict and what is in the way, what is imported, who
 * else takes calls, notes. One screen, unless all is asked for.
 */
#include "doctor/answer.h"

#include "doctor/judge.h"
#include "doctor/page.h"
#include "render/paint.h"

#include <limits.h>

enum { INTERPOSED_MAX = 4 };

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
    fprintf(page->out, "%*sa script: what runs is ", PAGE_INDENT, "");
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
            page_text(page, finding->text);
    }
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
    struct paragraph paragraph = page_paragraph(page, PAGE_INDENT, "");
    char name[64];
    bool later = false;
    snprintf(name, sizeof name, "%s:", page->diagnosis->catalogue.items[function].name);
    page_word(&paragraph, name);
    for (size_t i = 0; i < page->diagnosis->object_count; i++) {
        if (!page->diagnosis->objects[i].defines[function])
            continue;
        if (later)
            page_word(&paragraph, ">");
        page_word(&paragraph, page->diagnosis->objects[i].name);
        later = true;
    }
    page_end(&paragraph);
}

static void print_interposed(const struct page *page)
{
    size_t count = 0;
    for (size_t i = 0; i < page->diagnosis->catalogue.hooked_count; i++) {
        if (!is_interposed(page->diagnosis, i))
            continue;
        if (!count++) {
            page_title(page, "who else");
            fputs(": the first that defines a function is called\n", page->out);
        }
        if (count <= INTERPOSED_MAX || page->all)
            print_order(page, i);
    }
    if (count > INTERPOSED_MAX && !page->all)
        fprintf(page->out, "%*sand %zu more (--all)\n", PAGE_INDENT, "", count - INTERPOSED_MAX);
}

/* --- notes --- */

static void print_build(const struct page *page)
{
    const struct diagnosed_library *library = &page->diagnosis->library;
    if (!*library->version)
        return;
    fprintf(page->out, "%*sversion ", PAGE_INDENT + 2, "");
    paint_text(page->style, page->out, library->version, PATH_MAX);
    fprintf(page->out, ", build id %s\n", *library->build_id ? library->build_id : "unknown");
}

static void print_library(const struct page *page)
{
    const struct diagnosed_library *library = &page->diagnosis->library;
    if (!*library->path)
        return;
    fprintf(page->out, "%*s", PAGE_INDENT, "");
    paint_text(page->style, page->out, library->path, PATH_MAX);
    fprintf(page->out, " writes traces of format %d%s\n", library->format,
            library->is_other ? ", and is not the one that this greq would preload" : "");
    print_build(page);
}

static void print_variables(const struct page *page)
{
    for (size_t i = 0; i < page->diagnosis->variable_count; i++) {
        fprintf(page->out, "%*sin the environment: ", PAGE_INDENT, "");
        paint_text(page->style, page->out, page->diagnosis->variables[i], PATH_MAX);
        fputs("\n", page->out);
    }
}

static void print_self_test(const struct page *page)
{
    if (!page->diagnosis->self_test.passed) /* a failure is a finding */
        return;
    fprintf(page->out, "%*sself-test passed: %s\n", PAGE_INDENT, "",
            page->diagnosis->self_test.text);
}

static void print_notes(const struct page *page)
{
    const struct diagnosis *diagnosis = page->diagnosis;
    if (!diagnosis_first(diagnosis, FINDING_NOTE) && !*diagnosis->library.path &&
        !diagnosis->variable_count)
        return;
    page_title(page, "notes");
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
    page_not_hooked(&page);
    page_hooked(&page);
    print_interposed(&page);
    print_notes(&page);
}
