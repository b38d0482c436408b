/* The input is an ELF file: what the doctor, the launcher and the look-up of names read of it. */
#include "doctor/object.h"
#include "fuzz.h"
#include "launch/elf_facts.h"
#include "symbol/symbols.h"

#include <string.h>

static void examine(const char *path)
{
    static struct catalogue catalogue;
    struct object object;
    struct elf_facts facts;
    if (!catalogue.count)
        catalogue_make(&catalogue);
    elf_facts_read(&facts, path);
    object_make(&object, &catalogue, NULL, path, path);
    FUZZ_EXPECT(*object.name || !object.readable);
    object_finish(&object);
}

static void look_up(const char *path)
{
    struct symbols *symbols = symbols_create(NULL);
    for (uint64_t address = 0; address < 0x3000; address += 0x100) {
        const struct frames *frames = symbols_find(symbols, path, address, 0);
        FUZZ_EXPECT(frames->count > 0);
        for (size_t i = 0; i < frames->count; i++)
            FUZZ_EXPECT(frames->items[i]->function && frames->items[i]->file);
    }
    symbols_destroy(symbols);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[600];
    snprintf(path, sizeof path, "%s", fuzz_write("module", data, size));
    examine(path);
    look_up(path);
    return 0;
}
