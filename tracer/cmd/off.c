/*
 * off.c: greq off: have a running process stop recording.
 */
#include "cmd/cmd.h"
#include "cmd/output.h"
#include "live/recording.h"

#include <argp.h>
#include <stdio.h>

const struct argp cmd_off_argp = {
    .parser = cmd_parse_only_process,
    .args_doc = "PID",
    .doc = "Has process PID stop recording. That takes effect at once, also on what GREQ_TRACE or "
           "`greq trace` have begun; the process goes on as if it had never been recorded."
           "\vThe directory of the trace is printed. The exit status is 0, or 2 when the process "
           "cannot be asked or is not being recorded.",
};

int cmd_off(int argc, char **argv)
{
    pid_t pid = 0;
    struct page page;
    struct error error;
    argp_err_exit_status = EXIT_USAGE;
    argp_parse(&cmd_off_argp, argc, argv, 0, NULL, &pid);
    if (page_open(&page, pid, &error)) {
        cmd_complain("%s", error.text);
        return EXIT_USAGE;
    }
    enum recording_answer answer = recording_end(&page, &error);
    int status = answer == RECORDING_REFUSED ? -1 : output_line(page.live->trace, &error);
    if (status)
        cmd_complain("%s", error.text);
    if (answer == RECORDING_PENDING)
        cmd_complain("%d: has made no call since: its trace gets its end with the next one",
                     (int)pid);
    page_close(&page);
    return status ? EXIT_USAGE : 0;
}
