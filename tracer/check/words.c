#include "check/words.h"

#include "base/memory.h"
#include "base/round.h"
#include "check/call_site.h"
#include "check/source_path.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *words_outcome(const struct verdicts *verdicts)
{
    if (verdicts->budget->is_default && verdicts->outcome == OUTCOME_WITHIN)
        return "within the default limits";
    return outcome_name(verdicts->outcome);
}

static bool is_whole(double value)
{
    return value > 1e15 || value < -1e15 || value == (double)round_nearest(value);
}

char *words_figure(char text[FIGURE_SIZE], enum unit unit, double value)
{
    switch (unit) {
    case UNIT_SECONDS:
        snprintf(text, FIGURE_SIZE, "%.3f s", value);
        break;
    case UNIT_SHARE:
        snprintf(text, FIGURE_SIZE, "%.1f %%", value * 100);
        break;
    case UNIT_NUMBER:
        snprintf(text, FIGURE_SIZE, "%.*f", is_whole(value) ? 0 : 2, value);
    }
    return text;
}

char *words_rule(char text[SENTENCE_SIZE], const struct verdict *verdict)
{
    if (verdict->mark)
        snprintf(text, SENTENCE_SIZE, "%s [%.300s]", verdict->rule->name, verdict->mark);
    else
        snprintf(text, SENTENCE_SIZE, "%s", verdict->rule->name);
    return text;
}

char *words_verdict(char text[SENTENCE_SIZE], const struct verdict *verdict)
{
    char measured[FIGURE_SIZE], limit[FIGURE_SIZE], name[SENTENCE_SIZE];
    const struct rule *rule = verdict->rule;
    snprintf(text, SENTENCE_SIZE, "%.400s is %s (at %s %s)", words_rule(name, verdict),
             words_figure(measured, rule->unit, verdict->measured),
             rule->at_least ? "least" : "most", words_figure(limit, rule->unit, verdict->limit));
    return text;
}

char *words_site(char text[SENTENCE_SIZE], const struct call_site *site)
{
    snprintf(text, SENTENCE_SIZE, "%.100s from %.300s", site->call,
             call_site_place(site)->function);
    return text;
}

char *words_place(char text[SENTENCE_SIZE], const struct call_site *site, const char *root)
{
    const struct site_frame *place = call_site_place(site);
    *text = '\0';
    if (*place->file)
        snprintf(text, SENTENCE_SIZE, " (%.400s:%u)", source_path(place->file, root), place->line);
    return text;
}

static size_t add_seconds(char text[SENTENCE_SIZE], size_t length, const char *what, double seconds)
{
    char figure[FIGURE_SIZE];
    return length + snprintf(text + length, SENTENCE_SIZE - length, "%s%s %s", length ? ", " : "",
                             what, words_figure(figure, UNIT_SECONDS, seconds));
}

/* Where only something ends that was computed, no call of it is counted. */
static size_t add_calls(char text[SENTENCE_SIZE], const struct call_site *site)
{
    size_t length = snprintf(text, SENTENCE_SIZE, "%" PRIu64 " call%s", site->count,
                             site->count == 1 ? "" : "s");
    length = add_seconds(text, length, "blocked for", site->blocked_s);
    return add_seconds(text, length, "the longest", site->longest_s);
}

char *words_cost(char text[SENTENCE_SIZE], const struct call_site *site)
{
    size_t length = 0;
    *text = '\0';
    if (site->count)
        length = add_calls(text, site);
#define FIGURE(name, required, limited, cost, ...) \
    if (*cost && site->name > 0)                   \
        length = add_seconds(text, length, cost, site->name);
#include "base/figures.def"
#undef FIGURE
    return text;
}

char *words_excuse(char text[SENTENCE_SIZE], const struct call_site *site,
                   enum summary_figure figure)
{
    static const char *const costs[] = {
#define FIGURE(name, required, limited, cost, ...) cost,
#include "base/figures.def"
#undef FIGURE
    };
    *text = '\0';
    if (site->excused[figure] <= 0)
        return text;
    size_t length =
        add_seconds(text, strlen(words_site(text, site)), costs[figure], site->excused[figure]);
    snprintf(text + length, SENTENCE_SIZE - length, ": %s", site->excuses[figure]);
    return text;
}

static const char *full_stop(const char *sentence)
{
    size_t length = strlen(sentence);
    return length && sentence[length - 1] != '.' ? "." : "";
}

char *words_finding(const struct call_site *site)
{
    char *text;
    if (asprintf(&text, "%s%s%s%s%s", site->evidence, full_stop(site->evidence),
                 *site->remedy ? " What to do: " : "", site->remedy, full_stop(site->remedy)) < 0)
        abort();
    return text;
}

static bool is_culprit(const struct verdict *verdict, const struct call_site *site)
{
    for (size_t i = 0; i < verdict->culprit_count; i++)
        if (verdict->culprits[i]->fingerprint == site->fingerprint)
            return true;
    return false;
}

char *words_accusation(const struct verdicts *verdicts, const struct call_site *site)
{
    char text[SENTENCE_SIZE], *words = NULL;
    size_t length = 0;
    for (size_t i = 0; i < verdicts->count; i++) {
        if (verdicts->items[i].outcome != OUTCOME_OVER || !is_culprit(&verdicts->items[i], site))
            continue;
        words_verdict(text, &verdicts->items[i]);
        char *longer = memory_alloc(length + strlen(text) + 3, 1);
        length = sprintf(longer, "%s%s%s", words ? words : "", words ? "; " : "", text);
        free(words);
        words = longer;
    }
    return words;
}
