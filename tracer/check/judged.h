/*
 * judged.h: a judged run, told in the forms that people and CI systems read. Each writes to a
 * stream that the caller opened.
 */
#ifndef CHECK_JUDGED_H
#define CHECK_JUDGED_H

#include "check/verdict.h"
#include "render/render.h"

#include <stdio.h>

struct judged {
    const struct verdicts *verdicts;
    const char *version; /* of greq */
    const char *root;    /* absolute path that files are named relative to */
    const char *program; /* that was run to be judged, with arguments; or NULL */
    int program_status;  /* its exit status */
};

/* A line for each rule, the calls behind those that were exceeded, what was allowed, and the
 * outcome. */
void judged_text(const struct judged *judged, const struct style *style, FILE *out);

/* JUnit's XML: a test case for each rule, and for each call that serialized much or is behind a
 * rule that was exceeded. */
void judged_junit(const struct judged *judged, FILE *out);

/* SARIF 2.1.0: a result for each exceeded rule and call behind it. */
void judged_sarif(const struct judged *judged, FILE *out);

/* Markdown, for a comment on a pull request or the summary of a job. */
void judged_markdown(const struct judged *judged, FILE *out);

/* GitHub's workflow commands, which show the calls in the changed lines of a pull request. */
void judged_annotations(const struct judged *judged, FILE *out);

#endif
