/*
 * judged_annotations.c: a judged run as GitHub's workflow commands, one for each call site.
 */
#include "check/judged.h"

#include "check/call_site.h"
#include "check/source_path.h"
#include "check/words.h"

#include <stdlib.h>
#include <string.h>

/* A command ends with its line, and a property with a comma or colon: they are written as %XX, and
 * so is the percent sign. */
static void print(FILE *out, const char *text, const char *special)
{
    for (; *text; text++)
        if (*text == '%' || (unsigned char)*text < ' ' || strchr(special, *text))
            fprintf(out, "%%%02X", (unsigned char)*text);
        else
            fputc(*text, out);
}

static void print_property(FILE *out, const char *name, const char *value)
{
    fprintf(out, "%s=", name);
    print(out, value, ":,");
}

/* A command is "::error PROPERTIES::MESSAGE". */
static void begin(FILE *out, const char *title)
{
    fputs("::error ", out);
    print_property(out, "title", title);
}

static void print_position(const struct judged *judged, FILE *out, const char *file, unsigned line)
{
    fputs(",", out);
    print_property(out, "file", source_path(file, judged->root));
    if (line)
        fprintf(out, ",line=%u", line);
}

static void print_site(const struct judged *judged, FILE *out, const struct call_site *site,
                       const char *accusation)
{
    char text[SENTENCE_SIZE];
    const struct site_frame *place = call_site_place(site);
    begin(out, "greq: over budget");
    if (*place->file)
        print_position(judged, out, place->file, place->line);
    fputs("::", out);
    print(out, words_site(text, site), "");
    fputs(": ", out);
    print(out, words_cost(text, site), "");
    fputs(". ", out);
    print(out, accusation, "");
    fputs(". ", out);
    char *finding = words_finding(site);
    print(out, finding, "");
    free(finding);
    fputs("\n", out);
}

static void print_sites(const struct judged *judged, FILE *out)
{
    const struct summary *run = judged->verdicts->run;
    for (size_t i = 0; i < run->site_count; i++) {
        char *accusation = words_accusation(judged->verdicts, &run->sites[i]);
        if (accusation)
            print_site(judged, out, &run->sites[i], accusation);
        free(accusation);
    }
}

/* Where no call is known the limit itself is shown, if it stands in a file. */
static void print_rule(const struct judged *judged, FILE *out, const struct verdict *verdict)
{
    char text[SENTENCE_SIZE];
    begin(out, verdict->outcome == OUTCOME_OVER ? "greq: over budget" : "greq: not measurable");
    if (verdict->line)
        print_position(judged, out, judged->verdicts->budget->path, verdict->line);
    fputs("::", out);
    print(out, words_verdict(text, verdict), "");
    fputs(". ", out);
    print(out, verdict->rule->help, "");
    fputs("\n", out);
}

void judged_annotations(const struct judged *judged, FILE *out)
{
    const struct verdicts *verdicts = judged->verdicts;
    print_sites(judged, out);
    for (size_t i = 0; i < verdicts->count; i++)
        if (verdict_is_reason(&verdicts->items[i]) && !verdicts->items[i].culprit_count)
            print_rule(judged, out, &verdicts->items[i]);
}
