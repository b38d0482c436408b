/*
 * Socket addresses as text.
 */
#include "log/peer.h"

#include "suite.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/un.h>

static const char *said(const void *peer, size_t size)
{
    static struct text text;
    text.used = 0;
    peer_add(&text, peer, (socklen_t)size);
    return text_string(&text);
}

START_TEST(inet_has_address_and_port)
{
    struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons(443)};
    peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ck_assert_str_eq(said(&peer, sizeof peer), "127.0.0.1:443");
}
END_TEST

START_TEST(inet6_has_brackets)
{
    struct sockaddr_in6 peer = {.sin6_family = AF_INET6, .sin6_port = htons(65535)};
    peer.sin6_addr = in6addr_loopback;
    ck_assert_str_eq(said(&peer, sizeof peer), "[::1]:65535");
    memset(&peer.sin6_addr, 0xff, sizeof peer.sin6_addr);
    ck_assert_str_eq(said(&peer, sizeof peer), "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535");
}
END_TEST

static size_t unix_size(size_t path)
{
    return offsetof(struct sockaddr_un, sun_path) + path;
}

START_TEST(unix_has_its_path)
{
    struct sockaddr_un peer = {.sun_family = AF_UNIX, .sun_path = "/run/socket"};
    ck_assert_str_eq(said(&peer, sizeof peer), "unix:/run/socket");
    ck_assert_str_eq(said(&peer, unix_size(strlen(peer.sun_path))), "unix:/run/socket");
}
END_TEST

/* unix(7): a path of full length has no NUL. */
START_TEST(unix_path_may_fill_its_array)
{
    struct sockaddr_un peer = {.sun_family = AF_UNIX};
    memset(peer.sun_path, 'p', sizeof peer.sun_path);
    const char *text = said(&peer, sizeof peer);
    ck_assert_uint_eq(strlen(text), strlen("unix:") + sizeof peer.sun_path);
}
END_TEST

START_TEST(abstract_name_has_an_at_sign_and_ends_with_the_address)
{
    struct sockaddr_un peer = {.sun_family = AF_UNIX, .sun_path = "\0nameXXX"};
    ck_assert_str_eq(said(&peer, unix_size(5)), "unix:@name");
}
END_TEST

START_TEST(unnamed_unix_has_no_name)
{
    struct sockaddr_un peer = {.sun_family = AF_UNIX, .sun_path = "not part of it"};
    ck_assert_str_eq(said(&peer, unix_size(0)), "unix:");
}
END_TEST

START_TEST(too_short_an_address_says_nothing)
{
    struct sockaddr_in inet = {.sin_family = AF_INET};
    struct sockaddr_in6 inet6 = {.sin6_family = AF_INET6};
    ck_assert_str_eq(said(&inet, sizeof inet - 1), "");
    ck_assert_str_eq(said(&inet6, sizeof inet6 - 1), "");
    ck_assert_str_eq(said(&inet, 1), "");
    ck_assert_str_eq(said(NULL, 0), "");
}
END_TEST

START_TEST(too_long_a_unix_address_says_nothing)
{
    char room[2 * sizeof(struct sockaddr_un)] = {0};
    ((struct sockaddr_un *)room)->sun_family = AF_UNIX;
    ck_assert_str_eq(said(room, sizeof room), "");
}
END_TEST

START_TEST(other_families_say_nothing)
{
    struct sockaddr_storage peer = {.ss_family = AF_PACKET};
    ck_assert_str_eq(said(&peer, sizeof peer), "");
    peer.ss_family = AF_UNSPEC;
    ck_assert_str_eq(said(&peer, sizeof peer), "");
}
END_TEST

SUITE("peer", ONCE(inet_has_address_and_port), ONCE(inet6_has_brackets), ONCE(unix_has_its_path),
      ONCE(unix_path_may_fill_its_array),
      ONCE(abstract_name_has_an_at_sign_and_ends_with_the_address), ONCE(unnamed_unix_has_no_name),
      ONCE(too_short_an_address_says_nothing), ONCE(too_long_a_unix_address_says_nothing),
      ONCE(other_families_say_nothing))
