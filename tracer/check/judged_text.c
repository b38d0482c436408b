/*
 * judged_text.c: a judged run for people: a line for each rule.
 */
#include "check/judged.h"

#include "check/words.h"
#include "render/clean.h"
#include "render/paint.h"

#include <stdint.h>

enum { CULPRITS_MAX = 5, NAME_MAX_LENGTH = 80, NAME_COLUMN = 23 };

static const char *colour_of(const struct style *style, enum outcome outcome)
{
    return outcome == OUTCOME_WITHIN ? paint_green(style) : paint_red(style);
}

static void print(const struct style *style, FILE *out, const char *text)
{
    paint_text(style, out, text, SIZE_MAX);
}

static void print_finding(const struct style *style, FILE *out, const char *sentence)
{
    if (!*sentence)
        return;
    fputs("        ", out);
    print(style, out, sentence);
    fputs("\n", out);
}

static void print_culprit(const struct judged *judged, const struct style *style, FILE *out,
                          const struct call_site *site)
{
    char text[SENTENCE_SIZE];
    fputs("    ", out);
    print(style, out, words_site(text, site));
    print(style, out, words_place(text, site, judged->root));
    fprintf(out, ": %s\n", words_cost(text, site));
    print_finding(style, out, site->evidence);
    print_finding(style, out, site->remedy);
}

static void print_culprits(const struct judged *judged, const struct style *style, FILE *out,
                           const struct verdict *verdict)
{
    for (size_t i = 0; i < verdict->culprit_count && i < CULPRITS_MAX; i++)
        print_culprit(judged, style, out, verdict->culprits[i]);
    if (verdict->culprit_count > CULPRITS_MAX)
        fprintf(out, "    and %zu more call sites\n", verdict->culprit_count - CULPRITS_MAX);
}

/* Blanks behind a rule's name, to the column of figures. */
static int pad_of(const char *name)
{
    size_t length = clean_length(name);
    return length < NAME_COLUMN ? (int)(NAME_COLUMN - length) : 0;
}

static void print_verdict(const struct judged *judged, const struct style *style, FILE *out,
                          const struct verdict *verdict)
{
    const struct rule *rule = verdict->rule;
    char figure[FIGURE_SIZE], name[SENTENCE_SIZE];
    fprintf(out, "%s%-14s%s  ", colour_of(style, verdict->outcome), outcome_name(verdict->outcome),
            paint_plain(style));
    print(style, out, words_rule(name, verdict));
    fprintf(out, "%*s", pad_of(name), "");
    fprintf(out, " %10s", words_figure(figure, rule->unit, verdict->measured));
    fprintf(out, "  %s %s\n", rule->at_least ? "at least" : "at most",
            words_figure(figure, rule->unit, verdict->limit));
    print_culprits(judged, style, out, verdict);
}

static void print_allowed(const struct judged *judged, const struct style *style, FILE *out,
                          const struct allowed *allowed)
{
    const struct allowance *allowance = allowed->allowance;
    char serialized[FIGURE_SIZE];
    fprintf(out, "%-14s  ", allowed->site_count ? "allowed" : "allows nothing");
    print(style, out, allowance->call);
    fputs("@", out);
    print(style, out, allowance->function);
    if (allowed->site_count) {
        fprintf(out,
                ", %s serialized: ", words_figure(serialized, UNIT_SECONDS, allowed->serialized_s));
        print(style, out, allowance->reason);
        fputs("\n", out);
    } else {
        fputs(" matches no call of this run: remove ", out);
        print(style, out, judged->verdicts->budget->path);
        fprintf(out, ":%u, or correct it\n", allowance->line);
    }
}

static void print_excused(const struct style *style, FILE *out, const struct call_site *site)
{
    char text[SENTENCE_SIZE];
    for (enum summary_figure figure = 0; figure < SUMMARY_FIGURES; figure++) {
        if (!*words_excuse(text, site, figure))
            continue;
        fprintf(out, "%-14s  ", "excused");
        print(style, out, text);
        fputs("\n", out);
    }
}

/* That nothing but the default was judged, and what it does not judge. */
static void print_unlimited(const struct verdicts *verdicts, FILE *out)
{
    char figure[FIGURE_SIZE];
    for (size_t i = 0; i < verdicts->unlimited_count; i++) {
        const struct unlimited *one = &verdicts->unlimited[i];
        fprintf(out, "%-14s  %-*s %10s  %s\n", "no limit", NAME_COLUMN, one->rule->name,
                words_figure(figure, one->rule->unit, one->measured), one->rule->short_help);
    }
    if (verdicts->budget->is_default)
        fputs(WORDS_DEFAULT "\n", out);
}

void judged_text(const struct judged *judged, const struct style *style, FILE *out)
{
    const struct verdicts *verdicts = judged->verdicts;
    for (size_t i = 0; i < verdicts->count; i++)
        print_verdict(judged, style, out, &verdicts->items[i]);
    for (size_t i = 0; i < verdicts->budget->allowed_count; i++)
        print_allowed(judged, style, out, &verdicts->allowed[i]);
    for (size_t i = 0; i < verdicts->run->site_count; i++)
        print_excused(style, out, &verdicts->run->sites[i]);
    print_unlimited(verdicts, out);
    fprintf(out, "%s%s%s: ", paint_bold(style), words_outcome(verdicts), paint_plain(style));
    paint_text(style, out, verdicts->run->name, NAME_MAX_LENGTH);
    fputs("\n", out);
}
