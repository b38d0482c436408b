/*
 * render.h: a judged run in one of several formats. Writes to a stream that the caller opened,
 * reads no files.
 */
#ifndef RENDER_RENDER_H
#define RENDER_RENDER_H

#include "account/accounts.h"
#include "base/error.h"
#include "blame/blame.h"
#include "model/model.h"

#include <stdbool.h>
#include <stdio.h>

/* What the reader's terminal can show. */
struct style {
    bool colour;
    bool utf8;
    int width; /* columns */
};

struct report {
    const struct model *model;
    const struct accounts *accounts; /* of the model */
    const struct blame *blame;
    const struct symbols *symbols; /* that the model was symbolised with */
    struct audience *audience;     /* of the accounts; NULL: the format needs none */
    size_t top;                    /* json: so many calls and findings, in short; 0: everything */
    const char *whole;             /* json: the command that reports everything, if `top` */
};

/* A page for people. */
void render_text(const struct report *report, const struct style *style, FILE *out);

/* The document of schema 1, for programs, or what is worst of it; the style does not matter. */
void render_json(const struct report *report, const struct style *style, FILE *out);

/* Stacks for flame graph tools, weighted by serialized time; the style does not matter. */
void render_folded(const struct report *report, const struct style *style, FILE *out);

/* A profile of google/pprof's profile.proto, not compressed; the style does not matter. */
void render_pprof(const struct report *report, const struct style *style, FILE *out);

/*
 * A Perfetto trace: TrackEvents as protocol buffers; the style does not matter. The audience must
 * be that of perfetto_listen, which returns NULL with `error` set when it has no room for what it
 * will be told.
 */
void render_perfetto(const struct report *report, const struct style *style, FILE *out);
struct audience *perfetto_listen(struct error *error);

/* Each piece of time that was booked, a line for each. The audience must be that of ledger_listen,
 * which fails as perfetto_listen does. */
void render_ledger(const struct report *report, const struct style *style, FILE *out);
struct audience *ledger_listen(struct error *error);

/* Requests as spans, in lines of OpenTelemetry's OTLP/JSON. The audience must be that of
 * otlp_listen, which fails as perfetto_listen does. */
void render_otlp(const struct report *report, const struct style *style, FILE *out);
struct audience *otlp_listen(struct error *error);

/* A page for a browser, with all it needs in it. The audience must be that of html_listen. */
void render_html(const struct report *report, const struct style *style, FILE *out);
struct audience *html_listen(struct error *error);

#endif
