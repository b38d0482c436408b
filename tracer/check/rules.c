#include "check/rules.h"

#define FIGURES_REMEDY                                                                            \
    "greq report shows which call held up what; make that call cooperative, move it to a thread " \
    "of its own, or start the requests before waiting for the first answer."

const struct rule rules[RULE_COUNT] = {
    [RULE_COVERAGE] = {"min_coverage", UNIT_SHARE, true,
                       "Share of the time off the CPU that was seen",
                       "Too much of the time that threads waited was spent where the hooks do not "
                       "see, so nothing can be said about the run. The trust line of greq report "
                       "and libgreq(7) tell what is not seen."},
    [RULE_LOST] = {"lost_events", UNIT_NUMBER, false, "Records that were dropped",
                   "The trace was longer than its bound, and its beginning is gone. Raise "
                   "GREQ_TRACE_LIMIT, or record a shorter run."},
    [RULE_CUT] = {"cut_recordings", UNIT_NUMBER, false,
                  "Processes whose recording stopped before they did",
                  "There was no space for the whole trace. Record where there is more."},
    [RULE_DAMAGED] = {"damaged_parts", UNIT_NUMBER, false, "Parts of the trace that are damaged",
                      "Not all of the trace can be read; the warnings say which part. Record it "
                      "anew."},
    [RULE_MISSING_MARKS] =
        {"missing_marks", UNIT_NUMBER, false, "Marks of the budget that the run does not have",
         "The program did not name a part so while it was recorded, so nothing can be said about "
         "it. Correct the mark in the budget; greq report lists those that there are."},
#define LIMITED(name, short_help, help) \
    [RULE_##name] = {#name, UNIT_SECONDS, false, short_help, help},
#include "check/limited.h"
    [RULE_SHARE] = {"serialized_share", UNIT_SHARE, false,
                    "Share of the run in which a call held up other connections",
                    "While these calls blocked a thread, answers for its other connections lay "
                    "unread or requests unsent. " FIGURES_REMEDY},
    [RULE_CONCURRENCY] = {"min_concurrency", UNIT_NUMBER, true,
                          "Requests in flight on average, while there were any",
                          "The requests were made one after the other rather than together. If "
                          "they do not depend on each other, start them before waiting for the "
                          "first answer: greq_map, a pool of threads, curl -Z."},
    [RULE_LONGEST] = {"longest_call_s", UNIT_SECONDS, false,
                      "Seconds that a single call blocked its thread",
                      "Nothing else could run on the thread meanwhile. Give the call a timeout, "
                      "make it cooperative, or move it to a thread of its own."},
    [RULE_SHARED] =
        {"shared_connections", UNIT_NUMBER, false, "Connections in which two tasks met",
         "Two tasks waited at once to receive on a connection, or one read while the "
         "other waited for its own answer, so answers may change owners. Give each task "
         "a connection of its own, or have one at a time use it."},
    [RULE_MARK_WALL] = {"wall_s", UNIT_SECONDS, false, "Seconds that a part of the program took",
                        "At least one thread or task was in the part for so long. greq report "
                        "shows what its calls waited for."},
    [RULE_BASELINE_WALL] = {"baseline_wall_s", UNIT_SECONDS, false,
                            "Seconds that the run took, against the baseline",
                            "The run took longer than the baseline allows. greq diff shows which "
                            "calls changed."},
    [RULE_BASELINE_SERIALIZED] = {"baseline_serialized_s", UNIT_SECONDS, false,
                                  "Serialized seconds, against the baseline",
                                  "More was serialized than the baseline allows. greq diff shows "
                                  "which calls changed. " FIGURES_REMEDY},
    [RULE_BASELINE_LONGEST] =
        {"baseline_longest_call_s", UNIT_SECONDS, false,
         "Seconds that a single call blocked its thread, against the baseline",
         "Nothing else could run on the thread meanwhile. greq diff shows "
         "which calls changed."},
    [RULE_BASELINE_CALLS] = {"baseline_calls", UNIT_NUMBER, false,
                             "Call sites that serialize more than in the baseline",
                             "These calls are new, or hold up more than they did. " FIGURES_REMEDY},
};
