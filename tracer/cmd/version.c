/*
 * version.c: greq --version: which greq this is, to the commit and the file.
 */
#include "cmd/cmd.h"
#include "greq_commit.h"
#include "launch/elf_facts.h"

void cmd_print_version(FILE *out, struct argp_state *state)
{
    (void)state;
    struct elf_facts facts;
    elf_facts_read(&facts, "/proc/self/exe");
    fputs("greq " GREQ_VERSION GREQ_COMMIT, out);
    if (*facts.build_id)
        fprintf(out, ", build id %s", facts.build_id);
    fputc('\n', out);
}
