#include "request.h"

#include <string.h>
#include <strings.h>

/* Finds the empty line that ends a head. Returns the size up to and with it, or 0. */
static size_t head_size(const char *text, size_t size)
{
    const char *end = memmem(text, size, "\r\n\r\n", 4);
    return end ? (size_t)(end - text) + 4 : 0;
}

/* Cuts the next line off `*text`, which ends with an empty line. */
static char *next_line(char **text)
{
    char *line = *text;
    char *end = strstr(line, "\r\n");
    *end = '\0';
    *text = end + 2;
    return line;
}

static int parse_target(char *target, struct request *request)
{
    if (target[0] != '/')
        return 400;
    target[strcspn(target, "?#")] = '\0';
    request->path = target;
    return 0;
}

static int parse_version(const char *version, struct request *request)
{
    if (strncmp(version, "HTTP/", 5) != 0)
        return 400;
    if (strcmp(version, "HTTP/1.1") != 0 && strcmp(version, "HTTP/1.0") != 0)
        return 505;
    request->minor = version[7] - '0';
    request->keep_alive = request->minor == 1;
    return 0;
}

static int parse_method(const char *method, struct request *request)
{
    request->head_only = strcmp(method, "HEAD") == 0;
    return request->head_only || strcmp(method, "GET") == 0 ? 0 : 405;
}

/* "GET /path HTTP/1.1". Returns 0 or the status to refuse with. */
static int parse_request_line(char *line, struct request *request)
{
    char *target = strchr(line, ' ');
    char *version = target ? strchr(target + 1, ' ') : NULL;
    if (!version)
        return 400;
    *target++ = '\0';
    *version++ = '\0';
    int refuse = parse_version(version, request);
    if (!refuse)
        refuse = parse_target(target, request);
    return refuse ? refuse : parse_method(line, request);
}

static void parse_connection(const char *value, struct request *request)
{
    if (strcasestr(value, "close"))
        request->keep_alive = false;
    else if (strcasestr(value, "keep-alive"))
        request->keep_alive = true;
}

/* Returns 0 or the status to refuse with. */
static int parse_header(char *line, struct request *request)
{
    char *value = strchr(line, ':');
    if (!value)
        return 400;
    *value++ = '\0';
    value += strspn(value, " \t");
    if (strcasecmp(line, "Connection") == 0)
        parse_connection(value, request);
    /* Without reading the body we would take it for the next request. */
    if (strcasecmp(line, "Transfer-Encoding") == 0 ||
        (strcasecmp(line, "Content-Length") == 0 && strcmp(value, "0") != 0))
        return 413;
    return 0;
}

size_t request_parse(char *text, size_t size, struct request *request)
{
    size_t whole = head_size(text, size);
    if (whole == 0)
        return 0;
    *request = (struct request){.path = "", .minor = 1};
    /* A NUL would end our strings early and hide what is behind it. */
    if (memchr(text, '\0', whole))
        request->refuse = 400;
    else
        request->refuse = parse_request_line(next_line(&text), request);
    while (!request->refuse && text[0] != '\r')
        request->refuse = parse_header(next_line(&text), request);
    if (request->refuse)
        request->keep_alive = false;
    return whole;
}
