/*
 * top.c: greq top: where a running process waits, live. On a terminal it redraws in place, as wide
 * and high as that is at the moment; elsewhere it prints one block, of two looks. A look comes
 * every second, or less often where it takes long: looks never take more than a fifth of the time.
 */
#include "cmd/cmd.h"
#include "cmd/full_screen.h"
#include "cmd/output.h"
#include "cmd/terminal.h"
#include "live/sites.h"
#include "render/clean.h"

#include "base/kernel_clock.h"

#include <argp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define PERIOD_NS UINT64_C(1000000000)

const struct argp cmd_top_argp = {
    .parser = cmd_parse_only_process,
    .args_doc = "PID",
    .doc =
        "Shows where the threads of process PID, greq's own tasks in it, and greenlets wait: in "
        "which call, from which line, how many, since when, and how much time that has come to. "
        "What has waited longest comes first; on a terminal n, l and w sort by now, longest and "
        "waited, space pauses, q quits. "
        "Elsewhere one block is printed, after a second."
        "\vIt takes the right to debug the process, which is neither stopped nor asked. The exit "
        "status is 0, or 2 when there is no such process or it may not be read.",
};

/* --- what is shown --- */

enum order { BY_NOW, BY_LONGEST, BY_WAITED };

static enum order order = BY_LONGEST;

static const char *const order_words[] = {
    [BY_NOW] = "most now", [BY_LONGEST] = "longest", [BY_WAITED] = "most waited"};

static double key_of(const struct wait_site *site, enum order by)
{
    return by == BY_NOW ? (double)site->now : by == BY_LONGEST ? site->longest_s : site->waited_s;
}

static int compare(const void *left, const void *right)
{
    const struct wait_site *a = left, *b = right;
    double x = key_of(a, order), y = key_of(b, order);
    if (x == y) {
        x = a->waited_s;
        y = b->waited_s;
    }
    return x != y ? (x < y ? 1 : -1) : strcmp(a->place, b->place);
}

/* A line, cut to the width, with what clears the rest of the terminal's line behind it. */
struct screen {
    FILE *out;
    int width, height; /* of a terminal */
    bool is_terminal, has_colour;
    int lines;
};

static void put_line(struct screen *screen, bool is_head, const char *text)
{
    if (screen->is_terminal && screen->lines >= screen->height)
        return;
    char *clean = clean_copy(text, false); /* names may have any bytes */
    if (screen->is_terminal)
        clean_cut(clean, (size_t)screen->width);
    fprintf(screen->out, "%s%s%s%s%s", screen->is_terminal && screen->lines ? "\n" : "",
            is_head && screen->has_colour ? "\033[7m" : "", clean,
            is_head && screen->has_colour ? "\033[0m" : "", screen->is_terminal ? "\033[K" : "\n");
    free(clean);
    screen->lines++;
}

/* What it waits for, without the call, which has a column of its own. */
static const char *what_of(const struct wait_site *site)
{
    size_t length = strlen(site->call);
    if (!site->now)
        return "";
    const char *what = strncmp(site->what, site->call, length) ? site->what : site->what + length;
    return what + strspn(what, " ");
}

static void put_site(struct screen *screen, const struct wait_site *site)
{
    char text[512], longest[32] = "-";
    const char *what = what_of(site);
    if (site->now && site->longest_s >= 0)
        snprintf(longest, sizeof longest, "%s%.1f s", site->is_least ? ">" : "", site->longest_s);
    snprintf(text, sizeof text, "%7zu %10s %10.1f s  %-18s %s%s%s", site->now, longest,
             site->waited_s, site->call, site->place, *what ? "  " : "", what);
    put_line(screen, false, text);
}

/* ", 3 in flight (2.5 s)", or nothing. */
static size_t add_some(char *text, size_t size, const char *what, const struct connections_so *some)
{
    if (!some->count)
        return 0;
    int length = snprintf(text, size, ", %zu %s (%.1f s)", some->count, what, some->longest_s);
    return (size_t)length < size ? (size_t)length : size - 1;
}

static void put_connections(struct screen *screen, const struct live_connections *connections)
{
    char text[256];
    size_t used = (size_t)snprintf(text, sizeof text, "TCP: %zu open", connections->open);
    if (!connections->open)
        return;
    used += add_some(text + used, sizeof text - used, "in flight", &connections->in_flight);
    used += add_some(text + used, sizeof text - used, "to be answered", &connections->asked);
    add_some(text + used, sizeof text - used, "unread", &connections->unread);
    put_line(screen, false, text);
}

static void put_balance(struct screen *screen, const struct balance_sums *last)
{
    char text[256];
    double asleep = last->all - last->computed - last->queued;
    if (last->all <= 0)
        return;
    snprintf(text, sizeof text,
             "last %.0f s: %.0f %% computing, %.0f %% waiting for a processor, %.0f %% asleep",
             last->at, last->computed / last->all * 100, last->queued / last->all * 100,
             asleep > 0 ? asleep / last->all * 100 : 0);
    put_line(screen, false, text);
}

static void put_head(struct screen *screen, pid_t pid, const struct watched *last, bool is_paused)
{
    char text[512], cpu[32] = "-";
    if (last->cpu >= 0)
        snprintf(cpu, sizeof cpu, "%.0f %%", last->cpu * 100);
    snprintf(text, sizeof text,
             "process %d (%s): %zu thread%s, %zu running; %zu task%s parked; CPU %s", (int)pid,
             last->program, last->threads, last->threads == 1 ? "" : "s", last->running,
             last->tasks, last->tasks == 1 ? "" : "s", cpu);
    put_line(screen, false, text);
    snprintf(text, sizeof text, "watched for %.0f s; %s first%s%s%s", last->watched_s,
             order_words[order], *last->trace ? "; recorded in " : "", last->trace,
             is_paused ? "; PAUSED" : "");
    put_line(screen, false, text);
    put_balance(screen, &last->balance);
    put_connections(screen, &last->connections);
    put_line(screen, true, "    now    longest       waited  call               where");
}

static void put_all(struct screen *screen, pid_t pid, const struct watched *last, bool is_paused)
{
    if (last->count)
        qsort(last->sites, last->count, sizeof *last->sites, compare);
    put_head(screen, pid, last, is_paused);
    for (size_t i = 0; i < last->count; i++)
        put_site(screen, &last->sites[i]);
}

/* --- a terminal --- */

static const char keys_text[] = " n now  l longest  w waited  space pause  q quit";

/* The keys have the last line. None may be wider than the terminal: it would scroll. */
static void draw(pid_t pid, const struct watched *last, bool is_paused)
{
    struct winsize size = {0};
    const struct style style = terminal_style(stdout);
    char *frame = NULL;
    size_t length;
    FILE *out = open_memstream(&frame, &length);
    if (!out)
        return;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_row)
        size.ws_row = 24;
    struct screen screen = {out, style.width, size.ws_row - 1, true, style.colour, 0};
    fputs("\033[H", out);
    put_all(&screen, pid, last, is_paused);
    fprintf(out, "\033[J%s%.*s\033[K", screen.lines ? "\n" : "", style.width, keys_text);
    if (!fclose(out))
        full_screen_show(frame, length);
    free(frame);
}

static void obey(char key, bool *is_paused)
{
    if (key == 'q')
        full_screen_quit();
    if (key == 'n')
        order = BY_NOW;
    if (key == 'l')
        order = BY_LONGEST;
    if (key == 'w')
        order = BY_WAITED;
    if (key == ' ' || key == 'p')
        *is_paused = !*is_paused;
}

/* Returns whether the process has ended. */
static bool watch_on(struct watch *watch, pid_t pid)
{
    bool is_paused = false;
    uint64_t due = 0;
    while (!full_screen_is_over()) {
        uint64_t begin = (uint64_t)kernel_clock_read(CLOCK_MONOTONIC);
        if (begin >= due) {
            if (!is_paused && !watch_look(watch))
                return true;
            uint64_t now = (uint64_t)kernel_clock_read(CLOCK_MONOTONIC);
            due = now + (4 * (now - begin) > PERIOD_NS ? 4 * (now - begin) : PERIOD_NS);
        }
        full_screen_stop_if_asked();
        draw(pid, watch_last(watch), is_paused);
        obey(full_screen_wait_for_key(due), &is_paused);
    }
    return false;
}

static void run_on_terminal(struct watch *watch, pid_t pid)
{
    full_screen_begin();
    bool has_ended = watch_on(watch, pid);
    full_screen_end();
    if (has_ended)
        printf("process %d has ended\n", (int)pid);
}

/* Of one look alone no time is known. Returns 0; or -1 with `error` set. */
static int print_block(struct watch *watch, pid_t pid, struct error *error)
{
    struct output output;
    if (!watch_look(watch))
        return error_set(error, "%d: has ended", (int)pid);
    sleep(1);
    watch_look(watch);
    if (output_begin(&output, NULL, error))
        return -1;
    struct screen screen = {.out = output.stream};
    put_all(&screen, pid, watch_last(watch), false);
    return output_end(&output, error);
}

int cmd_top(int argc, char **argv)
{
    pid_t pid = 0;
    int status = 0;
    struct error error;
    argp_err_exit_status = EXIT_USAGE;
    argp_parse(&cmd_top_argp, argc, argv, 0, NULL, &pid);
    struct watch *watch = watch_open(pid, &error);
    if (!watch) {
        cmd_complain("%s", error.text);
        return EXIT_USAGE;
    }
    if (terminal_obeys(STDOUT_FILENO) && isatty(STDIN_FILENO)) {
        run_on_terminal(watch, pid);
    } else if (print_block(watch, pid, &error)) {
        cmd_complain("%s", error.text);
        status = EXIT_USAGE;
    }
    watch_close(watch);
    return status;
}
