#include "cmd/summarise.h"

#include "cmd/analysis.h"

#include <stdlib.h>
#include <sys/stat.h>

static bool is_file(const char *path)
{
    struct stat status;
    return !stat(path, &status) && !S_ISDIR(status.st_mode);
}

/* The report of a trace, as `greq report --format json` would write it. */
static json_t *make_report(const struct analysis *analysis)
{
    char *text;
    size_t size;
    const struct report report = analysis_report(analysis);
    FILE *out = open_memstream(&text, &size);
    if (!out)
        abort();
    render_json(&report, &(struct style){0}, out);
    fclose(out);
    json_t *json = json_loadb(text, size, 0, NULL);
    free(text);
    return json;
}

static const char *name_of(const json_t *report, bool by_command, const char *path)
{
    const json_t *first = json_array_get(json_object_get(report, "processes"), 0);
    const char *line = json_string_value(json_object_get(first, "command_line"));
    return by_command && line && *line ? line : path;
}

int summarise(struct summary *summary, bool by_command, char *const paths[], size_t count,
              struct error *error)
{
    struct analysis analysis;
    if (count == 1 && is_file(paths[0]))
        return summary_load(summary, paths[0], error);
    if (analysis_make(&analysis, paths, count, error))
        return -1;
    json_t *report = make_report(&analysis);
    int status = summary_read(summary, name_of(report, by_command, paths[0]), report, error);
    if (!status)
        summary->damaged = analysis.warnings;
    json_decref(report);
    analysis_finish(&analysis);
    return status;
}
