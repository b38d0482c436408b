/* A name is looked up by one of the older functions, and its host asked. Usage: host_names
 * FUNCTION. */
#include "client.h"

#include <netdb.h>
#include <string.h>
#include <unistd.h>

static const char name[] = "host-1"; /* the loopback */

static const struct hostent *look_up(const char *function)
{
    static struct hostent entry;
    static char buffer[1024];
    struct hostent *found = NULL;
    int error;
    if (!strcmp(function, "gethostbyname"))
        found = gethostbyname(name);
    else if (!strcmp(function, "gethostbyname2"))
        found = gethostbyname2(name, AF_INET);
    else if (!strcmp(function, "gethostbyname_r"))
        must(-gethostbyname_r(name, &entry, buffer, sizeof buffer, &found, &error), function);
    else
        must(-gethostbyname2_r(name, AF_INET, &entry, buffer, sizeof buffer, &found, &error),
             function);
    return found;
}

int main(int argc, char **argv)
{
    must(argc > 1 && look_up(argv[1]) ? 0 : -1, "a host");
    int fd = client_open();
    client_ask(fd, 0);
    client_take(fd);
    close(fd);
    truth_tell();
}
