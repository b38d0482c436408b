/* overlap_stdio: tasks that read from a stream over a socket whose peer takes its time. */
#include "facts.h"
#include "overlap.h"
#include "peer_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <wchar.h>

static bool read_letter(int index, int (*read_one)(FILE *stream))
{
    char wanted = (char)('a' + index % 26);
    FILE *stream = fdopen(peer_open("wait %d say %c", overlap_wait_ms, wanted), "r");
    int letter = read_one(stream);
    fclose(stream);
    return letter == wanted;
}

static int by_getc(FILE *stream)
{
    return getc(stream);
}

static int by_fgets(FILE *stream)
{
    char text[8] = "";
    return fgets(text, sizeof text, stream) ? text[0] : -1;
}

static int by_getdelim(FILE *stream)
{
    char *line = NULL;
    size_t size = 0;
    int letter = getdelim(&line, &size, '\n', stream) == 1 ? line[0] : -1;
    free(line);
    return letter;
}

static int by_fread(FILE *stream)
{
    char letter;
    return fread(&letter, 1, 1, stream) == 1 ? letter : -1;
}

static int by_fscanf(FILE *stream)
{
    char letter;
    return fscanf(stream, "%c", &letter) == 1 ? letter : -1;
}

static int by_fgetwc(FILE *stream)
{
    return (int)fgetwc(stream);
}

static int by_fgetws(FILE *stream)
{
    wchar_t text[8] = L"";
    return fgetws(text, 8, stream) ? (int)text[0] : -1;
}

static int by_fwscanf(FILE *stream)
{
    wchar_t letter;
    return fwscanf(stream, L"%lc", &letter) == 1 ? (int)letter : -1;
}

#define CASE(function)                            \
    static bool wait_##function(int index)        \
    {                                             \
        return read_letter(index, by_##function); \
    }
CASE(getc)
CASE(fgets)
CASE(getdelim)
CASE(fread)
CASE(fscanf)
CASE(fgetwc)
CASE(fgetws)
CASE(fwscanf)

int main(int argc, char **argv)
{
    static const struct overlap_case cases[] = {
        {"getc", wait_getc},     {"fgets", wait_fgets},     {"getdelim", wait_getdelim},
        {"fread", wait_fread},   {"fscanf", wait_fscanf},   {"fgetwc", wait_fgetwc},
        {"fgetws", wait_fgetws}, {"fwscanf", wait_fwscanf}, {NULL, NULL},
    };
    return overlap_main(argc, argv, cases);
}
