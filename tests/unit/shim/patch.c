/*
 * The words of GREQ_PATCH.
 */
#include "config/patch.h"

#include "suite.h"

#include <stdlib.h>
#include <string.h>

/* The functions of each list whose names are looked for, in words: "poll -select" says that poll is
 * patched and select is not. */
struct expectation {
    const char *list, *functions;
};

static const struct expectation expectations[] = {
    /* the words */
    {"all", "recv poll SSL_read getaddrinfo sleep"},
    {"none", "-recv -poll -SSL_read -getaddrinfo -sleep"},
    {"socket", "recv send connect accept close read write -poll -SSL_read -sleep"},
    {"ssl", "SSL_read SSL_read_ex SSL_do_handshake -recv -poll"},
    {"dns", "getaddrinfo gethostbyname_r -recv"},
    {"time", "sleep usleep nanosleep clock_nanosleep -poll"},
    {"recv", "recv -recvfrom -recvmsg -read"},
    /* the default */
    {"", "recv poll SSL_read getaddrinfo sleep"},
    {" \t,", "recv poll"},
    /* from left to right */
    {"all,none", "-recv -poll"},
    {"none,all", "recv poll"},
    {"socket,-recv", "send -recv -poll"},
    {"recv,-socket", "-recv -send"},
    {"-socket,recv", "recv -send poll"},
    {"all,-select,poll", "poll -epoll_wait recv"},
    /* signs: the first word decides what the list starts from */
    {"-poll", "-poll recv epoll_wait SSL_read"},
    {"+poll", "poll recv"},
    {"poll,+recv", "poll recv -send"},
    {"all,-poll", "-poll recv"},
    {"-all", "-recv -poll"},
    {"-all,+poll", "poll -recv"},
    {"+none", "-recv -poll"},
    /* separators */
    {"socket select", "recv poll -sleep"},
    {"socket\tselect", "recv poll -sleep"},
    {",socket,, select ,", "recv poll -sleep"},
    {"all, -poll", "-poll recv"},
    /* twins: an alias and a fortified form go with their function */
    {"all,-poll", "-poll -__poll -__poll_chk ppoll"},
    {"read", "read __read __read_chk -readv"},
    {"__read_chk", "read __read __read_chk"},
    {"fn:__poll", "poll __poll_chk -ppoll"},
    {"none,nanosleep", "nanosleep __nanosleep -clock_nanosleep"},
    /* a family's name wins over that of a function */
    {"select", "select poll epoll_wait pselect ppoll -recv"},
    {"all,-select", "-select -poll -epoll_wait recv"},
    {"fn:select", "select __select -poll -pselect"},
    {"all,-fn:select", "-select -__select poll pselect"},
    {"fn:recv", "recv -send"},
    /* families without a function yet are accepted silently */
    {"process,file,lock", "-recv -poll"},
    {"all,-lock,-thread", "recv poll"},
    {"thread", "-recv"},
    /* asyncio is about no function */
    {"all,asyncio", "recv poll"},
    {"asyncio", "recv poll"},
    {"asyncio,recv", "recv -poll"},
    {"none,asyncio", "-recv -poll"},
};
enum { EXPECTATIONS = sizeof expectations / sizeof *expectations };

static bool patched[CALL_COUNT];

static int number_of(const char *name)
{
    for (int id = 0; id < CALL_COUNT; id++)
        if (strcmp(call_infos[id].name, name) == 0)
            return id;
    ck_abort_msg("%s is not hooked", name);
    return -1;
}

START_TEST(each_list_patches_what_it_says)
{
    const struct expectation *expected = &expectations[_i];
    char *words = strdup(expected->functions), *rest = words, *word;
    ck_assert_ptr_null(patch_parse(expected->list, patched));
    while ((word = strsep(&rest, " "))) {
        bool on = *word != '-';
        ck_assert_msg(patched[number_of(on ? word : word + 1)] == on, "'%s': %s", expected->list,
                      word);
    }
    free(words);
}
END_TEST

/* The list, and from which of its bytes on the word that is not known. */
static const struct {
    const char *list;
    int at;
} unknown[] = {
    {"al", 0},
    {"allx", 0},
    {"all,-pol", 4},
    {"ALL", 0},
    {"recv,bogus,poll", 5},
    {"fn:", 0},
    {"fn:socket", 0}, /* a family is no function */
    {"all,fn:bogus", 4},
    {"-", 0},
    {"all,--poll", 4},
    {"all;none", 0},
    {"dup2", 0}, /* hooked, but it does not wait */
    {"sigaction", 0},
    {"own", 0},
};
enum { UNKNOWN = sizeof unknown / sizeof *unknown };

START_TEST(last_word_about_asyncio_holds)
{
    ck_assert(patch_asks_for_asyncio("all,asyncio"));
    ck_assert(patch_asks_for_asyncio("-asyncio +asyncio"));
    ck_assert(!patch_asks_for_asyncio(""));
    ck_assert(!patch_asks_for_asyncio("asyncio,-asyncio"));
    ck_assert(!patch_asks_for_asyncio("all,asyncios"));
}
END_TEST

START_TEST(unknown_word_is_pointed_at)
{
    const char *list = unknown[_i].list;
    ck_assert_ptr_eq(patch_parse(list, patched), list + unknown[_i].at);
}
END_TEST

START_TEST(patch_all_is_the_word_all)
{
    bool by_word[CALL_COUNT];
    memset(patched, true, sizeof patched);
    patch_all(patched);
    ck_assert_ptr_null(patch_parse("all", by_word));
    ck_assert_mem_eq(patched, by_word, sizeof patched);
}
END_TEST

START_TEST(all_is_every_family)
{
    patch_all(patched);
    for (int id = 0; id < CALL_COUNT; id++)
        ck_assert_msg(patched[id] == (call_infos[id].family != FAMILY_own), "%s",
                      call_infos[id].name);
}
END_TEST

START_TEST(a_twin_is_of_its_functions_family)
{
    for (int id = 0; id < CALL_COUNT; id++) {
        const struct call_info *twin = &call_infos[id], *function = &call_infos[twin->covered_by];
        ck_assert_msg(twin->family == function->family, "%s", twin->name);
        ck_assert_msg(call_infos[function->covered_by].name == function->name, "%s", twin->name);
    }
}
END_TEST

SUITE("patch", EACH(each_list_patches_what_it_says, EXPECTATIONS),
      ONCE(last_word_about_asyncio_holds), EACH(unknown_word_is_pointed_at, UNKNOWN),
      ONCE(patch_all_is_the_word_all), ONCE(all_is_every_family),
      ONCE(a_twin_is_of_its_functions_family))
