#include "doctor/diagnosis.h"

#include "base/memory.h"
#include "launch/elf_facts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Each kind of finding stays in the order in which it was found. */
void diagnosis_add(struct diagnosis *diagnosis, enum weight weight, const char *word,
                   const char *format, ...)
{
    va_list arguments;
    struct finding finding = {weight, word, NULL};
    va_start(arguments, format);
    if (vasprintf(&finding.text, format, arguments) < 0)
        finding.text = memory_copy(word);
    va_end(arguments);
    diagnosis->findings = memory_grow(diagnosis->findings, diagnosis->finding_count,
                                      &diagnosis->finding_capacity, sizeof finding);
    size_t place = diagnosis->finding_count++;
    for (; place > 0 && diagnosis->findings[place - 1].weight > weight; place--)
        diagnosis->findings[place] = diagnosis->findings[place - 1];
    diagnosis->findings[place] = finding;
}

struct object *diagnosis_add_object(struct diagnosis *diagnosis)
{
    diagnosis->objects = memory_grow(diagnosis->objects, diagnosis->object_count,
                                     &diagnosis->object_capacity, sizeof *diagnosis->objects);
    return &diagnosis->objects[diagnosis->object_count++];
}

void diagnosis_add_variable(struct diagnosis *diagnosis, const char *entry)
{
    if (strncmp(entry, "GREQ_", strlen("GREQ_")))
        return;
    diagnosis->variables = memory_grow(diagnosis->variables, diagnosis->variable_count,
                                       &diagnosis->variable_capacity, sizeof *diagnosis->variables);
    diagnosis->variables[diagnosis->variable_count++] = memory_copy(entry);
}

void diagnosis_test_library(struct diagnosis *diagnosis, enum weight failure)
{
    if (!*diagnosis->library.path)
        return;
    self_test_run(&diagnosis->self_test, diagnosis->library.path);
    const struct self_test *test = &diagnosis->self_test;
    if (!test->done)
        diagnosis_add(diagnosis, FINDING_NOTE, "self_test", "no self-test: %s", test->text);
    else if (!test->passed)
        diagnosis_add(diagnosis, failure, "self_test", "the self-test of %s failed: %s",
                      diagnosis->library.path, test->text);
}

/* What stands behind a mark, or NULL. */
static const char *behind(const char *line, const char *mark)
{
    return strncmp(line, mark, strlen(mark)) ? NULL : line + strlen(mark);
}

static void read_line(struct diagnosed_library *library, const char *line)
{
    const char *format = behind(line, "    greq_format = "),
               *version = behind(line, "greq_version = ");
    if (format && !library->format)
        library->format = atoi(format);
    if (version && !*library->version)
        snprintf(library->version, sizeof library->version, "%.*s", (int)strcspn(version, ";"),
                 version);
}

/* The metadata of its traces is a text in it, and so is its version. */
void diagnosis_read_library(struct diagnosis *diagnosis, const char *file)
{
    struct diagnosed_library *known = &diagnosis->library;
    struct elf_facts facts;
    char *line = NULL;
    size_t capacity = 0;
    FILE *library = fopen(file, "re");
    if (!library)
        return;
    elf_facts_read(&facts, file);
    snprintf(known->build_id, sizeof known->build_id, "%s", facts.build_id);
    while ((!known->format || !*known->version) && getline(&line, &capacity, library) >= 0)
        read_line(known, line);
    free(line);
    fclose(library);
}

const struct finding *diagnosis_first(const struct diagnosis *diagnosis, enum weight weight)
{
    for (size_t i = 0; i < diagnosis->finding_count; i++)
        if (diagnosis->findings[i].weight == weight)
            return &diagnosis->findings[i];
    return NULL;
}

enum verdict diagnosis_verdict(const struct diagnosis *diagnosis)
{
    if (diagnosis_first(diagnosis, FINDING_OBSTACLE))
        return VERDICT_NOT;
    return diagnosis_first(diagnosis, FINDING_BYPASS) ? VERDICT_IN_PART : VERDICT_REACHED;
}

const struct object *diagnosis_greq(const struct diagnosis *diagnosis)
{
    for (size_t i = 0; i < diagnosis->object_count; i++)
        if (diagnosis->objects[i].kind == OBJECT_GREQ)
            return &diagnosis->objects[i];
    return NULL;
}

bool diagnosis_imports(const struct diagnosis *diagnosis, size_t function)
{
    for (size_t i = 0; i < diagnosis->object_count; i++)
        if (diagnosis->objects[i].imports[function])
            return true;
    return false;
}

static void free_texts(char **texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
    free(texts);
}

void diagnosis_finish(struct diagnosis *diagnosis)
{
    for (size_t i = 0; i < diagnosis->object_count; i++)
        object_finish(&diagnosis->objects[i]);
    free(diagnosis->objects);
    for (size_t i = 0; i < diagnosis->finding_count; i++)
        free(diagnosis->findings[i].text);
    free(diagnosis->findings);
    free_texts(diagnosis->variables, diagnosis->variable_count);
    catalogue_finish(&diagnosis->catalogue);
    *diagnosis = (struct diagnosis){0};
}
