/*
 * ends.c: in the text report, the processes that did not end by themselves or were not recorded to
 * their end. Of the others nothing is said.
 */
#include "render/paint.h"
#include "render/text.h"

#include <inttypes.h>

enum { PROCESSES_MAX = 4 };

static double lifetime(const struct process *process, uint64_t until)
{
    return until > process->begun ? (until - process->begun) / 1e9 : 0;
}

static void print_cut(const struct process *process, FILE *out)
{
    char time[SECONDS_SIZE];
    fprintf(out,
            "recording of process %" PRIu32 " stopped after %s, for lack of space or of a "
            "permission: what follows is missing\n",
            process->pid, paint_seconds(time, lifetime(process, process->cut_at)));
}

static void print_killed(const struct process *process, FILE *out)
{
    char time[SECONDS_SIZE];
    fprintf(out, "process %" PRIu32 " was killed by signal %u after %s", process->pid,
            process->signal, paint_seconds(time, lifetime(process, process->end)));
    if (process->cpu)
        fprintf(out, ", having used %s of CPU time", paint_seconds(time, process->cpu / 1e9));
    else if (process->had_child)
        fputs("; its CPU time is not known apart from that of its children", out);
    fputs("\n", out);
}

static void print_unknown(const struct process *process, FILE *out)
{
    char time[SECONDS_SIZE];
    fprintf(out,
            "the end of process %" PRIu32 " is not known: it was killed or is still running; "
            "last seen after %s\n",
            process->pid, paint_seconds(time, lifetime(process, process->end)));
}

static void print_running(const struct process *process, FILE *out)
{
    char time[SECONDS_SIZE];
    fprintf(out, "process %" PRIu32 " is still running, after %s\n", process->pid,
            paint_seconds(time, lifetime(process, process->end)));
}

static bool is_remarkable(const struct process *process)
{
    return process->cut || process->fate == FATE_KILLED || process->fate == FATE_UNKNOWN ||
           process->fate == FATE_RUNNING;
}

static void print_process(const struct process *process, FILE *out)
{
    if (process->cut)
        print_cut(process, out);
    if (process->fate == FATE_KILLED)
        print_killed(process, out);
    if (process->fate == FATE_UNKNOWN && !process->cut)
        print_unknown(process, out);
    if (process->fate == FATE_RUNNING)
        print_running(process, out);
}

void text_ends(const struct report *report, const struct style *style, FILE *out)
{
    size_t found = 0;
    for (size_t i = 0; i < report->model->process_count; i++) {
        const struct process *process = report->model->processes[i];
        if (!is_remarkable(process) || found++ >= PROCESSES_MAX)
            continue;
        fputs(paint_red(style), out);
        print_process(process, out);
        fputs(paint_plain(style), out);
    }
    if (found > PROCESSES_MAX)
        fprintf(out, "and %zu more that were killed or not recorded to their end\n",
                found - PROCESSES_MAX);
}

void text_fate(const struct model *model, const struct process *process, FILE *out)
{
    if (process->fate == FATE_RUNNING) {
        fputs("the trace was read", out);
        return;
    }
    fputs(model->process_count > 1 ? "process" : "the process", out);
    if (model->process_count > 1)
        fprintf(out, " %" PRIu32, process->pid);
    if (process->fate == FATE_KILLED)
        fprintf(out, " was killed by signal %u", process->signal);
    else
        fputs(process->fate == FATE_UNKNOWN ? " was last seen" : " ended", out);
}
