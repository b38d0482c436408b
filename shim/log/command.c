#include "log/command.h"

#include "sys/kernel.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#define VALUE "…"

struct line {
    char *text;
    size_t size, used;
    bool ends_in_value; /* one stands for all that follow each other */
};

static void add(struct line *line, const char *text, size_t length)
{
    size_t space = line->size - 1 - line->used;
    if (length > space)
        length = space;
    memcpy(line->text + line->used, text, length);
    line->used += length;
    line->text[line->used] = '\0';
}

static void add_word(struct line *line, const char *word, size_t length)
{
    if (line->used)
        add(line, " ", 1);
    add(line, word, length);
    line->ends_in_value = false;
}

static void add_value(struct line *line)
{
    if (line->ends_in_value || line->used + sizeof " " VALUE > line->size)
        return;
    add_word(line, VALUE, sizeof VALUE - 1);
    line->ends_in_value = true;
}

static bool is_file(const char *path)
{
    struct stat status;
    return KERNEL(newfstatat, AT_FDCWD, path, &status, 0) == 0 && S_ISREG(status.st_mode);
}

static const char *last_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* ---- options: only their names, as far as they have the form of one ---- */

enum { LONGEST_NAME = 40 };

/* The length of the option's name, 0 when the word is none. "-p" of "-pVALUE", since nobody knows
 * which letters take a value. */
static size_t option_length(const char *word)
{
    if (*word != '-')
        return 0;
    if (word[1] != '-')
        return isalnum((unsigned char)word[1]) ? 2 : 0;
    size_t length = 2;
    while (isalnum((unsigned char)word[length]) ||
           (length > 2 && strchr("-_.", word[length]) && word[length]))
        length++;
    bool is_name = length > 2 && length <= LONGEST_NAME && (!word[length] || word[length] == '=');
    return is_name ? length : 0;
}

static void add_option(struct line *line, const char *word, size_t length)
{
    add_word(line, word, length);
    if (!word[length])
        return;
    if (word[length] == '=')
        add(line, "=", 1);
    add(line, VALUE, sizeof VALUE - 1);
}

/* ---- the program and an interpreter's script ---- */

/* A process may have made a text of its own out of its command line: its first word. */
static void add_program(struct line *line, const char *program)
{
    size_t length = strcspn(program, " \t=");
    if (program[length] && is_file(program))
        length = strlen(program);
    add_word(line, program, length);
}

static bool is_interpreter(const char *program)
{
    static const char *const names[] = {"python", "pypy",    "perl", "ruby", "node",  "php", "lua",
                                        "tclsh",  "Rscript", "java", "bash", "dash",  "sh",  "zsh",
                                        "ksh",    "mksh",    "ash",  "fish", "-bash", "-sh"};
    const char *name = last_name(program);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t length = strlen(names[i]);
        if (!strncmp(name, names[i], length) &&
            !name[length + strspn(name + length, ".-0123456789")])
            return true;
    }
    return false;
}

/* The name of a Python module, behind -m. */
static bool is_module(const char *option, const char *word)
{
    return option && !strcmp(option, "-m") &&
           !word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.")];
}

/* Code is no file, and of what follows a script nothing is. */
static bool is_script(const char *option, const char *word)
{
    return is_module(option, word) || is_file(word);
}

/* ---- the line ---- */

static const char *next_word(const char *word, const char *end)
{
    size_t length = strnlen(word, (size_t)(end - word));
    return word + length + 1 < end ? word + length + 1 : NULL;
}

void command_line_reduced(char *line_text, size_t size, const char *words, size_t length)
{
    struct line line = {.text = line_text, .size = size};
    *line_text = '\0';
    if (!length)
        return;
    bool wants_script = is_interpreter(words), only_values = false;
    const char *option = NULL;
    add_program(&line, words);
    for (const char *word = words; (word = next_word(word, words + length)) != NULL;) {
        size_t name = only_values ? 0 : option_length(word);
        if (name) {
            add_option(&line, word, name);
        } else if (wants_script && is_script(option, word)) {
            add_word(&line, word, strlen(word));
            wants_script = false;
        } else if (!only_values && !strcmp(word, "--")) {
            add_word(&line, word, 2);
            only_values = true;
        } else {
            add_value(&line);
        }
        option = name ? word : NULL;
    }
}

void command_line_whole(char *line_text, size_t size, const char *words, size_t length)
{
    struct line line = {.text = line_text, .size = size};
    *line_text = '\0';
    for (const char *word = length ? words : NULL; word; word = next_word(word, words + length))
        add_word(&line, word, strlen(word));
}

int command_is_host(const char *name)
{
    return !strpbrk(name, "@/=? \t\n\"'");
}
