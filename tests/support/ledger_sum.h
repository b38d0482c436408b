/*
 * ledger_sum.h: adds up the lines of `greq report -f ledger`.
 */
#ifndef LEDGER_SUM_H
#define LEDGER_SUM_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The figures of the JSON report, and the letter of the rules by which each is booked. */
static const struct {
    const char *figure;
    char letter;
} ledger_figures[] = {{"serialized_s", 'S'}, {"waiting_conn_s", 'W'}, {"loop_blocked_s", 'L'},
                      {"held_tasks_s", 'H'}, {"lock_wait_s", 'K'},    {"interpreter_lock_s", 'G'},
                      {"idle_s", 'I'},       {"computing_s", 'C'},    {"computing_conn_s", 'V'}};
enum { LEDGER_FIGURES = sizeof ledger_figures / sizeof *ledger_figures };

/* The seconds of all lines of one letter; negative when a line is not as it should be. */
static inline double ledger_sum(const char *ledger, char letter)
{
    double sum = 0;
    static const char head[] = "rule\tsince_s\tuntil_s\tseconds\twaiter\tbehind\n";
    if (strncmp(ledger, head, strlen(head)) != 0)
        return -1;
    for (const char *line = ledger + strlen(head); *line; line = strchr(line, '\n') + 1) {
        double since, until, seconds;
        char rule[4];
        if (sscanf(line, "%3s\t%lf\t%lf\t%lf\t", rule, &since, &until, &seconds) != 4 ||
            !strchr(line, '\n') || until < since)
            return -1;
        if (*rule == letter)
            sum += seconds;
    }
    return sum;
}

#endif
