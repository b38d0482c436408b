/*
 * replay.c: gives files to a fuzz target, in any build and without libFuzzer. A directory stands
 * for the files in it.
 *
 *     replay_TARGET FILE|DIR...
 */
#include "fuzz.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

static unsigned given;

static void give_file(const char *path)
{
    char *bytes;
    size_t size;
    int byte;
    FILE *file = fopen(path, "re"), *copy = open_memstream(&bytes, &size);
    FUZZ_EXPECT(file && copy);
    while ((byte = fgetc(file)) != EOF)
        fputc(byte, copy);
    fclose(file);
    fclose(copy);
    /* Of exactly its size, so that a sanitizer sees a step beyond its end. */
    uint8_t *exact = malloc(size);
    FUZZ_EXPECT(exact || !size);
    if (size)
        memcpy(exact, bytes, size);
    fprintf(stderr, "%s\n", path);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    free(bytes);
    given++;
}

static void give(const char *path)
{
    char inner[4096];
    DIR *listing = opendir(path);
    if (!listing) {
        give_file(path);
        return;
    }
    for (struct dirent *entry; (entry = readdir(listing));) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
        give_file(inner);
    }
    closedir(listing);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        give(argv[i]);
    printf("%u inputs\n", given);
    return given ? 0 : 1;
}
