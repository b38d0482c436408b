/*
 * judged_markdown.c: a judged run as Markdown in the dialect of GitHub and GitLab, for a comment on
 * a pull request or the summary of a job: the outcome, a table of the rules, the calls behind those
 * that were exceeded, and what was allowed.
 */
#include "check/judged.h"

#include "check/words.h"

#include <stdlib.h>
#include <string.h>

/* Punctuation means itself after a backslash (CommonMark 0.31, "Backslash escapes"). Behind a '@'
 * or '#' a space without width keeps a site from making a mention or a link of a name. */
static void print(FILE *out, const char *text)
{
    for (; *text; text++) {
        unsigned char byte = *text;
        if (strchr("\\`*_[]<>#!|~&$@", byte))
            fputc('\\', out);
        fputc(byte < ' ' ? ' ' : byte, out);
        if (byte == '@' || byte == '#')
            fputs("&#8203;", out);
    }
}

/* Code, but for the name of a part, which may have anything in it. */
static void print_rule(FILE *out, const struct verdict *verdict, const char *words)
{
    fprintf(out, "`%s`", verdict->rule->name);
    print(out, words + strlen(verdict->rule->name));
}

static void print_rules(const struct verdicts *verdicts, FILE *out)
{
    char figure[FIGURE_SIZE], name[SENTENCE_SIZE];
    fputs("| outcome | rule | measured | limit |\n|---|---|---:|---:|\n", out);
    for (size_t i = 0; i < verdicts->count; i++) {
        const struct verdict *verdict = &verdicts->items[i];
        const struct rule *rule = verdict->rule;
        const char *mark = verdict_is_reason(verdict) ? "**" : "";
        fprintf(out, "| %s%s%s | ", mark, outcome_name(verdict->outcome), mark);
        print_rule(out, verdict, words_rule(name, verdict));
        fprintf(out, " | %s", words_figure(figure, rule->unit, verdict->measured));
        fprintf(out, " | %s %s |\n", rule->at_least ? "at least" : "at most",
                words_figure(figure, rule->unit, verdict->limit));
    }
}

/* What a default budget does not judge, and that it is one. */
static void print_unlimited(const struct verdicts *verdicts, FILE *out)
{
    char figure[FIGURE_SIZE];
    for (size_t i = 0; i < verdicts->unlimited_count; i++) {
        const struct unlimited *one = &verdicts->unlimited[i];
        fprintf(out, "| no limit | `%s` | %s | |\n", one->rule->name,
                words_figure(figure, one->rule->unit, one->measured));
    }
    if (!verdicts->budget->is_default)
        return;
    fputs("\n", out);
    print(out, WORDS_DEFAULT);
    fputs(".\n", out);
}

static void print_site(const struct judged *judged, FILE *out, const struct call_site *site,
                       const char *accusation)
{
    char text[SENTENCE_SIZE];
    fputs("- **", out);
    print(out, words_site(text, site));
    print(out, words_place(text, site, judged->root));
    fputs("**: ", out);
    print(out, accusation);
    fputs(".\n  ", out);
    print(out, words_cost(text, site));
    char *finding = words_finding(site);
    fputs(*finding ? ".\n  " : ".", out);
    print(out, finding);
    free(finding);
    fputs("\n", out);
}

static void print_sites(const struct judged *judged, FILE *out)
{
    const struct summary *run = judged->verdicts->run;
    const char *before = "\n";
    for (size_t i = 0; i < run->site_count; i++) {
        char *accusation = words_accusation(judged->verdicts, &run->sites[i]);
        if (accusation) {
            fputs(before, out);
            print_site(judged, out, &run->sites[i], accusation);
            before = "";
        }
        free(accusation);
    }
}

/* What is to be done about a rule that no call is behind. */
static void print_help(const struct verdicts *verdicts, FILE *out)
{
    for (size_t i = 0; i < verdicts->count; i++) {
        const struct verdict *verdict = &verdicts->items[i];
        if (!verdict_is_reason(verdict) || verdict->culprit_count)
            continue;
        char name[SENTENCE_SIZE];
        fputs("\n", out);
        print_rule(out, verdict, words_rule(name, verdict));
        fputs(": ", out);
        print(out, verdict->rule->help);
        fputs("\n", out);
    }
}

static void print_allowed(const struct verdicts *verdicts, FILE *out)
{
    char serialized[FIGURE_SIZE];
    for (size_t i = 0; i < verdicts->budget->allowed_count; i++) {
        const struct allowed *allowed = &verdicts->allowed[i];
        const struct allowance *allowance = allowed->allowance;
        fputs("\nAllowed: ", out);
        print(out, allowance->call);
        fputs(" from ", out);
        print(out, allowance->function);
        if (allowed->site_count)
            fprintf(out, ", %s serialized: ",
                    words_figure(serialized, UNIT_SECONDS, allowed->serialized_s));
        else
            fputs(", which matches no call of this run: ", out);
        print(out, allowance->reason);
        fputs("\n", out);
    }
}

static void print_excused(const struct call_site *site, FILE *out)
{
    char text[SENTENCE_SIZE];
    for (enum summary_figure figure = 0; figure < SUMMARY_FIGURES; figure++) {
        if (!*words_excuse(text, site, figure))
            continue;
        fputs("\nExcused: ", out);
        print(out, text);
        fputs("\n", out);
    }
}

void judged_markdown(const struct judged *judged, FILE *out)
{
    const struct verdicts *verdicts = judged->verdicts;
    fprintf(out, "### greq: %s: ", words_outcome(verdicts));
    print(out, verdicts->run->name);
    fputs("\n\n", out);
    if (judged->program_status)
        fprintf(out, "The program ended with status %d by itself.\n\n", judged->program_status);
    print_rules(verdicts, out);
    print_unlimited(verdicts, out);
    print_sites(judged, out);
    print_help(verdicts, out);
    print_allowed(verdicts, out);
    for (size_t i = 0; i < verdicts->run->site_count; i++)
        print_excused(&verdicts->run->sites[i], out);
}
