#include "cmd/terminal.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDTH_UNKNOWN = 80, WIDTH_ELSEWHERE = 100 };

bool terminal_obeys(int fd)
{
    const char *terminal = getenv("TERM");
    return isatty(fd) && terminal && strcmp(terminal, "dumb") != 0;
}

static bool wants_colour(int fd)
{
    const char *no_color = getenv("NO_COLOR");
    return terminal_obeys(fd) && !(no_color && *no_color);
}

static int width(int fd)
{
    struct winsize size;
    if (!isatty(fd))
        return WIDTH_ELSEWHERE;
    return ioctl(fd, TIOCGWINSZ, &size) || !size.ws_col ? WIDTH_UNKNOWN : size.ws_col;
}

struct style terminal_style(FILE *stream)
{
    int fd = fileno(stream);
    return (struct style){
        .colour = wants_colour(fd),
        .utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8"),
        .width = width(fd),
    };
}
