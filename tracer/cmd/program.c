#include "cmd/program.h"

#include "cmd/cmd.h"
#include "launch/launch.h"
#include "launch/preload.h"
#include "launch/trace_directory.h"

#include <stddef.h>

error_t program_parse(struct program *program, int key, struct argp_state *state)
{
    switch (key) {
    case PROGRAM_OPTION_ARGS:
        program->keeps_arguments = true;
        return 0;
    case PROGRAM_OPTION_HTTP:
        program->keeps_http = true;
        return 0;
    case ARGP_KEY_ARG:
        program->argv = state->argv + state->next - 1;
        state->next = state->argc;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which program?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* Everything that can be refused is refused before the trace's directory is made. */
static int prepare(struct program *program, struct launch *launch, char library[PATH_MAX],
                   struct error *error)
{
    if (preload_find_library(library, error))
        return LAUNCH_FAILED;
    *launch = (struct launch){
        .argv = program->argv,
        .library = library,
        .patch = program->patch,
        .keeps_arguments = program->keeps_arguments,
        .keeps_http = program->keeps_http,
    };
    int status = launch_check(launch, error);
    if (status || !program->trace)
        return status;
    launch->trace = program->trace_path;
    return trace_directory_make(program->trace_path, program->trace, error) ? LAUNCH_FAILED : 0;
}

static int run(struct program *program, const struct launch *launch, int *status,
               struct error *error)
{
    int failure = launch_run(launch, status, error);
    program->ran = !failure;
    if (failure && program->trace)
        trace_directory_drop(program->trace_path);
    return failure;
}

int program_run(struct program *program)
{
    struct launch launch;
    struct error error;
    char library[PATH_MAX];
    int status = 0;
    int failure = prepare(program, &launch, library, &error);
    if (!failure && program->names_trace)
        cmd_complain("the trace goes to %s", program->trace);
    if (!failure)
        failure = run(program, &launch, &status, &error);
    if (failure)
        cmd_complain("%s", error.text);
    return failure ? failure : status;
}
