/*
 * answer.h: a diagnosis as text or JSON.
 */
#ifndef DOCTOR_ANSWER_H
#define DOCTOR_ANSWER_H

#include "doctor/diagnosis.h"
#include "render/render.h"

/* A page for people; `subject` is what the user asked for. With `all`, every module and function is
 * named. */
void answer_text(const struct diagnosis *diagnosis, const char *subject, bool all,
                 const struct style *style, FILE *out);

/* The document of schema 1. Keys are only ever added. */
void answer_json(const struct diagnosis *diagnosis, const char *subject, FILE *out);

#endif
