#include "render/sentence.h"

#include "base/round.h"
#include "render/paint.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_SIZE = 32, TEXT_SHOWN = 256 };

static const struct {
    const char *name;
    const char *meaning;
} patterns[] = {
#define PATTERN(id, name, meaning) {name, meaning},
#include "blame/findings.def"
};

static const struct {
    const char *kind;
    const char *headline;
    const char *sentence;
} sentences[] = {
#define FINDING(id, kind, pattern, headline, sentence) {kind, headline, sentence},
#include "blame/findings.def"
};

const char *sentence_pattern(enum pattern pattern)
{
    return patterns[__builtin_ctz(pattern)].name;
}

const char *sentence_meaning(enum pattern pattern)
{
    return patterns[__builtin_ctz(pattern)].meaning;
}

const char *sentence_kind(const struct blame_finding *finding)
{
    return sentences[finding->kind].kind;
}

static void put_seconds(FILE *out, double seconds)
{
    if (seconds < 1)
        fprintf(out, "%.0f ms", seconds * 1000);
    else
        fprintf(out, "%.2f s", seconds);
}

static void put_fact(FILE *out, const struct blame_fact *fact)
{
    switch (fact->unit) {
    case FACT_COUNT:
        fprintf(out, "%.0f", fact->number);
        break;
    case FACT_SECONDS:
        put_seconds(out, fact->number);
        break;
    case FACT_SHARE:
        fprintf(out, "%.0f %%", 100 * fact->number);
        break;
    case FACT_TEXT:
        fprintf(out, "%.*s", TEXT_SHOWN, fact->text);
        break;
    }
}

static const struct blame_fact *find_fact(const struct blame_finding *finding, const char *name)
{
    for (size_t i = 0; i < finding->fact_count; i++)
        if (!strcmp(finding->facts[i].name, name))
            return &finding->facts[i];
    return NULL;
}

static void put_site(FILE *out, const struct model *model, const struct blamed_call *call)
{
    char *site = paint_site(call->group);
    fprintf(out, "%s at %s", model_function(model, call->group->function), site);
    free(site);
}

/* What stands between braces: "waits", or "waits:wait" for a count and what is counted. */
static void put_place(FILE *out, const struct model *model, const struct blame_finding *finding,
                      char *name)
{
    char *noun = strchr(name, ':');
    if (noun)
        *noun++ = '\0';
    if (!strcmp(name, "call") || (!strcmp(name, "site") && !finding->call)) {
        fputs(finding->call ? model_function(model, finding->call->group->function) : "a call",
              out);
        return;
    }
    if (!strcmp(name, "site")) {
        put_site(out, model, finding->call);
        return;
    }
    const struct blame_fact *fact = find_fact(finding, name);
    if (!strcmp(name, "seconds"))
        put_seconds(out, finding->seconds);
    else if (fact)
        put_fact(out, fact);
    else
        fprintf(out, "{%s}", name);
    if (noun && fact)
        fprintf(out, " %s%s", noun, round_nearest(fact->number) == 1 ? "" : "s");
}

static char *fill_in(const char *sentence, const struct model *model,
                     const struct blame_finding *finding)
{
    char *text = NULL;
    size_t size;
    const char *rest = sentence;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        abort();
    for (const char *place; (place = strchr(rest, '{'));) {
        char name[NAME_SIZE];
        const char *end = strchr(place, '}');
        snprintf(name, sizeof name, "%.*s", (int)(end - place - 1), place + 1);
        fwrite(rest, 1, place - rest, out);
        put_place(out, model, finding, name);
        rest = end + 1;
    }
    fputs(rest, out);
    fclose(out);
    return text;
}

bool sentence_has_site(const struct blame_finding *finding)
{
    return strstr(sentences[finding->kind].sentence, "{site}") != NULL;
}

char *sentence_evidence(const struct model *model, const struct blame_finding *finding)
{
    return fill_in(sentences[finding->kind].sentence, model, finding);
}

char *sentence_headline(const struct model *model, const struct blame_finding *finding)
{
    return fill_in(sentences[finding->kind].headline, model, finding);
}
