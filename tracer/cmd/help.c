#include "cmd/cmd.h"

#include <argp.h>
#include <stddef.h>

char *cmd_filter_help(int key, const char *text, void *input)
{
    (void)input;
    return key == ARGP_KEY_HELP_DUP_ARGS_NOTE ? NULL : (char *)text;
}
