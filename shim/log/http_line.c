#include "log/http_line.h"

#include <string.h>

/* A target of more bytes is not looked through. */
enum { TARGET_MAX = 8192, SEGMENTS_MAX = 8, WORD_MAX = 24, DIGITS_MAX = 2, HUMPS_MAX = 3 };

static const char *const methods[] = {"GET",   "HEAD",    "POST",  "PUT",     "DELETE",
                                      "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND"};

static bool begins(const char *bytes, size_t size, const char *with)
{
    size_t length = strlen(with);
    return size >= length && !memcmp(bytes, with, length);
}

/* ---- paths ---- */

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_mark(char c)
{
    return c == '-' || c == '_' || c == '.';
}

/* A few digits that end a word, as in "v1" and "oauth2/page10.html". */
static bool is_number_of_word(const char *segment, size_t length, size_t at)
{
    size_t first = at, end = at;
    while (first && is_digit(segment[first - 1]))
        first--;
    while (end < length && is_digit(segment[end]))
        end++;
    bool follows = first && (is_lower(segment[first - 1]) || is_upper(segment[first - 1]));
    return follows && end - first <= DIGITS_MAX && (end == length || is_mark(segment[end]));
}

/* Whether a part of a path is one that a programmer has written: anything else may be a number, a
 * name, a key or a secret. */
static bool is_word(const char *segment, size_t length)
{
    unsigned humps = 0;
    for (size_t i = 0; i < length; i++) {
        char c = segment[i];
        bool letter = is_lower(c) || is_upper(c);
        if (!letter && !is_mark(c) && !(is_digit(c) && is_number_of_word(segment, length, i)))
            return false;
        humps += i && is_upper(c) && is_lower(segment[i - 1]);
    }
    return length <= WORD_MAX && humps <= HUMPS_MAX;
}

static void add_segment(struct text *kept, const char *segment, size_t length)
{
    char word[WORD_MAX + 1] = "{id}";
    if (is_word(segment, length)) {
        memcpy(word, segment, length);
        word[length] = '\0';
    }
    text_add(kept, "/");
    text_add(kept, word);
}

static size_t length_to(const char *bytes, size_t size, const char *ends)
{
    size_t length = 0;
    while (length < size && !strchr(ends, bytes[length]))
        length++;
    return length;
}

static void add_path(struct text *kept, const char *path, size_t size)
{
    unsigned segments = 0;
    size = length_to(path, size, "?#;");
    while (size && *path == '/') {
        if (segments++ == SEGMENTS_MAX) {
            text_add(kept, "/…");
            return;
        }
        size_t length = length_to(path + 1, size - 1, "/");
        add_segment(kept, path + 1, length);
        path += 1 + length;
        size -= 1 + length;
    }
}

/* Of "http://user:password@host/path", as proxies get it. */
static void skip_host(const char **target, size_t *size)
{
    size_t scheme = length_to(*target, *size, ":/?");
    if (*size - scheme < 3 || memcmp(*target + scheme, "://", 3) != 0)
        return;
    size_t skipped = scheme + 3;
    skipped += length_to(*target + skipped, *size - skipped, "/?#");
    *target += skipped;
    *size -= skipped;
}

/* ---- lines ---- */

static const char *method_of(const char *bytes, size_t size)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        size_t length = strlen(methods[i]);
        if (size > length && bytes[length] == ' ' && begins(bytes, size, methods[i]))
            return methods[i];
    }
    return NULL;
}

size_t http_line_request(const char *bytes, size_t size, struct text *kept)
{
    static const char version[] = " HTTP/1.";
    const char *method = method_of(bytes, size);
    if (!method)
        return 0;
    const char *target = bytes + strlen(method) + 1;
    size_t left = size - strlen(method) - 1;
    size_t length = length_to(target, left < TARGET_MAX ? left : TARGET_MAX, " \r\n");
    if (!length || !begins(target + length, left - length, version))
        return 0;
    size_t shown = strlen(method) + 1 + length + strlen(version);
    skip_host(&target, &length);
    text_add(kept, method);
    text_add(kept, " ");
    add_path(kept, target, length);
    return shown;
}

unsigned http_line_status(const char *bytes, size_t size)
{
    enum { VERSION = sizeof "HTTP/1.1 " - 1 };
    if (size < HTTP_LINE_STATUS || !begins(bytes, size, "HTTP/1.") || bytes[VERSION - 1] != ' ')
        return 0;
    unsigned status = 0;
    for (size_t i = VERSION; i < HTTP_LINE_STATUS; i++) {
        if (!is_digit(bytes[i]))
            return 0;
        status = 10 * status + (unsigned)(bytes[i] - '0');
    }
    return status >= 100 ? status : 0;
}

bool http_line_is_2(const char *bytes, size_t size)
{
    return begins(bytes, size, "PRI * HTTP/2.0\r\n");
}
