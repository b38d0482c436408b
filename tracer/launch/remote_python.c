/*
 * remote_python.c: from the interpreter's one global to a thread's frames, and from a frame to its
 * line. What is read may be changing or no Python at all: all loops are bounded, and whatever
 * cannot be read ends the walk.
 */
#include "launch/remote_python.h"

#include "greq/cpython.h"
#include "launch/remote_memory.h"
#include "launch/remote_modules.h"

#include <elfutils/libdwfl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS_MAX = 4096, FRAMES_MAX = 64, TEXT_MAX = 512, LINES_MAX = 16384 };

/* The upper half of Py_Version. */
enum { VERSION = 3 << 8 | CPYTHON_MINOR };

/* --- words and texts --- */

static int32_t number(pid_t process, uint64_t address)
{
    int32_t value;
    return remote_memory_read(process, address, &value, sizeof value) ? value : 0;
}

/* A str of ASCII alone; of others "?" is all that is said. */
static void put_text(FILE *out, pid_t process, uint64_t text)
{
    char bytes[TEXT_MAX];
    size_t length = cpython_text(bytes, sizeof bytes, remote_memory_read, process, text);
    if (!length)
        fputs("?", out);
    for (size_t i = 0; i < length; i++)
        fputc(bytes[i] >= ' ' && bytes[i] < 127 ? bytes[i] : '?', out);
}

static int read_line(pid_t process, uint64_t code, uint64_t instruction)
{
    static unsigned char bytes[LINES_MAX];
    uint64_t lines = remote_memory_word(process, code + CPYTHON_CODE_LINES);
    uint64_t length = remote_memory_word(process, lines + CPYTHON_BYTES_LENGTH);
    if (length > sizeof bytes ||
        !remote_memory_read(process, lines + CPYTHON_BYTES_BYTES, bytes, length))
        return 0;
    return cpython_line(bytes, length, number(process, code + CPYTHON_CODE_FIRST_LINE),
                        instruction);
}

/* --- frames --- */

static void put_frame(FILE *out, pid_t process, uint64_t frame)
{
    struct cpython_place place;
    if (!cpython_find(&place, remote_memory_read, process, frame) || !place.has_begun)
        return;
    put_text(out, process, remote_memory_word(process, place.code + CPYTHON_CODE_FILE));
    fprintf(out, ":%d ", read_line(process, place.code, place.instruction));
    put_text(out, process, remote_memory_word(process, place.code + CPYTHON_CODE_NAME));
    fputs("\n", out);
}

char *remote_python_frames(pid_t process, uint64_t frame)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    for (int i = 0; frame && i < FRAMES_MAX; i++) {
        put_frame(out, process, frame);
        frame = remote_memory_word(process, frame + CPYTHON_FRAME_PREVIOUS);
    }
    fclose(out);
    return text;
}

static uint64_t innermost_frame(pid_t process, uint64_t thread)
{
    uint64_t cframe = remote_memory_word(process, thread + CPYTHON_THREAD_CFRAME);
    return cframe ? remote_memory_word(process, cframe + CPYTHON_CFRAME_CURRENT) : 0;
}

/* The interpreter's record of a thread, or 0. */
static uint64_t find_thread(pid_t process, uint64_t runtime, pid_t number)
{
    int looked = 0;
    uint64_t interpreter = remote_memory_word(process, runtime + CPYTHON_RUNTIME_INTERPRETERS);
    for (; interpreter && looked < THREADS_MAX;
         interpreter = remote_memory_word(process, interpreter + CPYTHON_INTERPRETER_NEXT)) {
        uint64_t thread = remote_memory_word(process, interpreter + CPYTHON_INTERPRETER_THREADS);
        for (; thread && looked++ < THREADS_MAX;
             thread = remote_memory_word(process, thread + CPYTHON_THREAD_NEXT))
            if (remote_memory_word(process, thread + CPYTHON_THREAD_NATIVE_ID) == (uint64_t)number)
                return thread;
    }
    return 0;
}

/* --- where the interpreter is --- */

struct interpreter {
    uint64_t runtime, version; /* addresses; 0: not found */
};

static int find_symbols(Dwfl_Module *module, void **unused, const char *path, Dwarf_Addr base,
                        void *data)
{
    struct interpreter *found = data;
    const char *name = basename(path);
    (void)unused, (void)base;
    if (strncmp(name, "python3", 7) != 0 && strncmp(name, "libpython3", 10) != 0)
        return DWARF_CB_OK;
    int count = dwfl_module_getsymtab(module);
    for (int i = 0; i < count; i++) {
        GElf_Sym symbol;
        GElf_Addr address;
        const char *text = dwfl_module_getsym_info(module, i, &symbol, &address, NULL, NULL, NULL);
        if (text && !strcmp(text, "_PyRuntime"))
            found->runtime = address;
        if (text && !strcmp(text, "Py_Version"))
            found->version = address;
    }
    return found->runtime ? DWARF_CB_ABORT : DWARF_CB_OK;
}

static struct interpreter find_interpreter(pid_t process)
{
    struct interpreter found = {0, 0};
    Dwfl *dwfl = remote_modules_open(process);
    if (dwfl)
        dwfl_getmodules(dwfl, find_symbols, &found, 0);
    dwfl_end(dwfl);
    return found;
}

/* The address of the runtime, or 0. */
static uint64_t find_runtime(pid_t process)
{
    struct interpreter found = find_interpreter(process);
    bool is_known = found.runtime && remote_memory_word(process, found.version) >> 16 == VERSION;
    return is_known ? found.runtime : 0;
}

char *remote_python_read(pid_t process, pid_t thread)
{
    uint64_t runtime = find_runtime(process);
    uint64_t state = runtime ? find_thread(process, runtime, thread) : 0;
    return state ? remote_python_frames(process, innermost_frame(process, state)) : NULL;
}

uint64_t remote_python_interpreter(pid_t process)
{
    uint64_t runtime = find_runtime(process);
    return runtime ? remote_memory_word(process, runtime + CPYTHON_RUNTIME_INTERPRETERS) : 0;
}
