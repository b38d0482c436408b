/*
 * res_query and kin: questions to name servers by libc's resolver itself; getaddrinfo_a. Only
 * logged: the state that they use is the thread's own, or the program's.
 */
#include "call/logged.h"

#include <netdb.h>
#include <resolv.h>

/* The record has the name that is asked for. */
#define LOGGED_QUERY(symbol, asked, parameters, arguments)                              \
    EXPORT int symbol parameters                                                        \
    {                                                                                   \
        if (call_is_plain())                                                            \
            return REAL(symbol) arguments;                                              \
        struct call call = {                                                            \
            .log = {.id = CALL_##symbol, .fd = -1, .caller = CALLER, .name = (asked)}}; \
        call_enter(&call);                                                              \
        return (int)call_leave(&call, REAL(symbol) arguments);                          \
    }

LOGGED_QUERY(res_query, name,
             (const char *name, int class, int type, unsigned char *answer, int size),
             (name, class, type, answer, size))
LOGGED_QUERY(res_search, name,
             (const char *name, int class, int type, unsigned char *answer, int size),
             (name, class, type, answer, size))
LOGGED_QUERY(res_querydomain, name,
             (const char *name, const char *domain, int class, int type, unsigned char *answer,
              int size),
             (name, domain, class, type, answer, size))
LOGGED_QUERY(res_nquery, name,
             (res_state state, const char *name, int class, int type, unsigned char *answer,
              int size),
             (state, name, class, type, answer, size))
LOGGED_QUERY(res_nsearch, name,
             (res_state state, const char *name, int class, int type, unsigned char *answer,
              int size),
             (state, name, class, type, answer, size))
LOGGED_QUERY(res_nquerydomain, name,
             (res_state state, const char *name, const char *domain, int class, int type,
              unsigned char *answer, int size),
             (state, name, domain, class, type, answer, size))
LOGGED(int, res_send, -1, error_by_errno,
       (const unsigned char *query, int size, unsigned char *answer, int answer_size),
       (query, size, answer, answer_size))
LOGGED(int, res_nsend, -1, error_by_errno,
       (res_state state, const unsigned char *query, int size, unsigned char *answer,
        int answer_size),
       (state, query, size, answer, answer_size))

/* ---- getaddrinfo_a: without GAI_WAIT it only begins; gai_suspend waits for it ---- */

static inline int error_of_look_up(int64_t result)
{
    return result == EAI_SYSTEM ? errno : 0;
}

LOGGED(int, getaddrinfo_a, -1, error_of_look_up,
       (int mode, struct gaicb *list[], int count, struct sigevent *event),
       (mode, list, count, event))
LOGGED(int, gai_suspend, -1, error_of_look_up,
       (const struct gaicb *const list[], int count, const struct timespec *timeout),
       (list, count, timeout))
