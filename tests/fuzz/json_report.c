/* JSON reports, judged and compared, in all forms that this is told in. */
#include "target.h"

#include "check/difference.h"
#include "check/judged.h"

#include <stdio.h>
#include <stdlib.h>

static const struct style style = {.colour = true, .width = 80};

static void judge(const struct summary *run, FILE *out)
{
    struct budget budget = {0};
    struct verdicts verdicts;
    budget_complete(&budget);
    verdicts_make(&verdicts, run, &budget, run);
    const struct judged judged = {&verdicts, "0", "/project", "program", 1};
    judged_text(&judged, &style, out);
    judged_junit(&judged, out);
    judged_sarif(&judged, out);
    judged_annotations(&judged, out);
    verdicts_finish(&verdicts);
}

static void compare(const struct summary *run, FILE *out)
{
    static const struct summary nothing = {.name = "nothing"};
    struct comparison comparison;
    comparison_make(&comparison, &nothing, run, 0.2);
    const struct difference difference = {&nothing, run, &comparison, 0.2, "/project"};
    difference_text(&difference, &style, out);
    difference_json(&difference, &style, out);
    comparison_finish(&comparison);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct summary run;
    struct error error;
    char *text;
    size_t length;
    json_t *report = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
    if (report && !summary_read(&run, "run", report, &error)) {
        FILE *out = open_memstream(&text, &length);
        judge(&run, out);
        compare(&run, out);
        fclose(out);
        free(text);
        summary_finish(&run);
    }
    json_decref(report);
    return 0;
}
