#include "live/descriptor.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The state of a socket that listens, in /proc/net/tcp. */
enum { TCP_LISTENS = 10 };

/* "0100007F:1F90", or four such words: each in the processor's own order. */
static bool read_address(const char *text, char *name, size_t size)
{
    const char *colon = strchr(text, ':');
    size_t words = colon ? (size_t)(colon - text) / 8 : 0;
    uint32_t address[4];
    char shown[INET6_ADDRSTRLEN];
    if (words != 1 && words != 4)
        return false;
    for (size_t i = 0; i < words; i++) {
        char word[9] = "";
        memcpy(word, text + i * 8, 8);
        address[i] = (uint32_t)strtoul(word, NULL, 16);
    }
    if (!inet_ntop(words == 1 ? AF_INET : AF_INET6, address, shown, sizeof shown))
        return false;
    snprintf(name, size, words == 1 ? "%s:%lu" : "[%s]:%lu", shown, strtoul(colon + 1, NULL, 16));
    return true;
}

static bool find_inet(pid_t process, const char *table, uint64_t inode, char *text, size_t size)
{
    char path[64], line[512], local[80], remote[80], from[96], to[96];
    bool found = false;
    snprintf(path, sizeof path, "/proc/%d/net/%s", (int)process, table);
    FILE *file = fopen(path, "re");
    while (file && !found && fgets(line, sizeof line, file)) {
        unsigned state;
        uint64_t number;
        if (sscanf(line, " %*s %79s %79s %x %*s %*s %*s %*s %*s %" SCNu64, local, remote, &state,
                   &number) != 4 ||
            number != inode || !read_address(local, from, sizeof from) ||
            !read_address(remote, to, sizeof to))
            continue;
        found = true;
        if (*table == 't' && state == TCP_LISTENS)
            snprintf(text, size, "tcp %s, listening", from);
        else
            snprintf(text, size, "%.3s %s -> %s", table, from, to);
    }
    if (file)
        fclose(file);
    return found;
}

/* "0000000000000000: 00000002 00000000 00010000 0001 01 4711 /run/x" */
static bool find_unix(pid_t process, uint64_t inode, char *text, size_t size)
{
    char path[64], line[512];
    bool found = false;
    snprintf(path, sizeof path, "/proc/%d/net/unix", (int)process);
    FILE *file = fopen(path, "re");
    while (file && !found && fgets(line, sizeof line, file)) {
        uint64_t number;
        int path_at = 0;
        if (sscanf(line, " %*s %*s %*s %*s %*s %*s %" SCNu64 "%n", &number, &path_at) != 1 ||
            number != inode)
            continue;
        found = true;
        line[strcspn(line, "\n")] = '\0';
        const char *name = line + path_at;
        snprintf(text, size, "unix%s%.200s", *name ? "" : " socket without a name", name);
    }
    if (file)
        fclose(file);
    return found;
}

static void describe_socket(pid_t process, uint64_t inode, char *text, size_t size)
{
    static const char *const tables[] = {"tcp", "tcp6", "udp", "udp6"};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        if (find_inet(process, tables[i], inode, text, size))
            return;
    if (!find_unix(process, inode, text, size))
        snprintf(text, size, "a socket that is not connected, or of another kind");
}

void descriptor_describe(pid_t process, int fd, char *text, size_t size)
{
    char path[64];
    uint64_t inode;
    snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)process, fd);
    ssize_t length = readlink(path, text, size - 1);
    text[length > 0 ? length : 0] = '\0';
    if (length <= 0)
        snprintf(text, size, "not known");
    else if (sscanf(text, "socket:[%" SCNu64 "]", &inode) == 1)
        describe_socket(process, inode, text, size);
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127)
            *c = '?';
}
