#include "url.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "parse.h"

/* Takes the scheme off `*rest`. */
static bool parse_scheme(const char **rest, struct url *url, struct error *error)
{
    if (strncasecmp(*rest, "https://", 8) == 0)
        url->tls = true;
    else if (strncasecmp(*rest, "http://", 7) != 0)
        return error_set(error, "not a URL to fetch (it must begin with http:// or https://)");
    *rest += url->tls ? 8 : 7;
    return true;
}

static bool parse_port(const char *text, size_t size, struct url *url, struct error *error)
{
    uint64_t number;
    if (size >= sizeof url->port)
        return error_set(error, "bad URL (the port must be 1 to 65535)");
    memcpy(url->port, text, size);
    url->port[size] = '\0';
    if (size == 0)
        strcpy(url->port, url->tls ? "443" : "80");
    else if (!parse_number(url->port, 65535, &number) || number == 0)
        return error_set(error, "bad URL (the port must be 1 to 65535)");
    return true;
}

static bool parse_host(const char *text, size_t size, struct url *url, struct error *error)
{
    if (size == 0 || size >= sizeof url->host)
        return error_set(error, "bad URL (%s)", size ? "the host's name is too long" : "no host");
    memcpy(url->host, text, size);
    url->host[size] = '\0';
    return true;
}

/* "host", "host:port", "[::1]", "[::1]:port" */
static bool parse_authority(const char *text, size_t size, struct url *url, struct error *error)
{
    const char *end = text + size;
    const char *host = text;
    const char *host_end;
    if (memchr(text, '@', size))
        return error_set(error, "bad URL (user names are not supported)");
    url->bracketed = size > 0 && text[0] == '[';
    host += url->bracketed;
    host_end = memchr(host, url->bracketed ? ']' : ':', (size_t)(end - host));
    if (!host_end && url->bracketed)
        return error_set(error, "bad URL (']' is missing)");
    if (!host_end)
        host_end = end;
    const char *port = host_end + url->bracketed;
    if (port < end && *port != ':')
        return error_set(error, "bad URL (only a port can follow ']')");
    port += port < end;
    return parse_host(host, (size_t)(host_end - host), url, error) &&
           parse_port(port, (size_t)(end - port), url, error);
}

/* What would break the request apart, or is not ASCII. */
static bool has_bad_character(const char *text)
{
    for (; *text; text++)
        if (*text <= ' ' || *text > '~')
            return true;
    return false;
}

bool url_parse(const char *text, struct url *url, struct error *error)
{
    const char *rest = text;
    *url = (struct url){0};
    if (!parse_scheme(&rest, url, error))
        return false;
    if (has_bad_character(rest))
        return error_set(error, "bad URL (blanks and the like must be written as %%20)");
    size_t authority = strcspn(rest, "/?#");
    url->target = rest + authority;
    url->target_size = (int)strcspn(url->target, "#");
    url->path_size = (int)strcspn(url->target, "?#");
    return parse_authority(rest, authority, url, error);
}
