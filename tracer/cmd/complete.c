/*
 * complete.c: greq complete: what a shell may offer for the last of the words of a greq command
 * line. The shells' functions (completions/) ask it, so they know what the commands know: it reads
 * their option tables.
 *
 * Each line is a word, a tab and what it means. The last line says what else the shell offers by
 * itself: ":none", ":files", ":directories", or ":program N" when the N-th word (the first is 0)
 * begins a command line of its own.
 */
#include "cmd/cmd.h"

#include <argp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* A command line as far as it was typed. */
struct typed {
    char **words;
    int count; /* one at least: the last is being typed */
};

static void offer(const char *typed, const char *word, const char *meaning)
{
    if (!strncmp(word, typed, strlen(typed)))
        printf("%s\t%s\n", word, meaning);
}

/* The value of an option that is being typed, and what stands before it in the same word. */
struct value {
    const char *typed;
    const char *before; /* "--format=" of "--format=js"; "" */
    size_t before_length;
};

static int end(const char *rest)
{
    puts(rest);
    return 0;
}

/* --- options --- */

static const struct argp_option *find_option(const struct argp *argp, const char *name,
                                             size_t length)
{
    for (const struct argp_option *option = argp->options; option && option->name; option++)
        if (strlen(option->name) == length && !strncmp(option->name, name, length))
            return option;
    return NULL;
}

static const struct argp_option *find_letter(const struct argp *argp, char letter)
{
    for (const struct argp_option *option = argp->options; option && option->name; option++)
        if (option->key == letter)
            return option;
    return NULL;
}

/* The option that a word is, or NULL, and sets `*value` to what stands behind it in the same word:
 * "--format=json", "-fjson"; NULL when nothing does. */
static const struct argp_option *option_in(const struct argp *argp, const char *word,
                                           const char **value)
{
    *value = NULL;
    if (word[0] != '-' || !word[1])
        return NULL;
    if (word[1] == '-') {
        size_t length = strcspn(word + 2, "=");
        *value = word[2 + length] ? word + 2 + length + 1 : NULL;
        return find_option(argp, word + 2, length);
    }
    *value = word[2] ? word + 2 : NULL;
    return find_letter(argp, word[1]);
}

static int offer_options(const struct argp *argp, const char *typed)
{
    char word[64];
    for (const struct argp_option *option = argp->options; option && option->name; option++) {
        if (option->flags & OPTION_HIDDEN)
            continue;
        snprintf(word, sizeof word, "--%s", option->name);
        offer(typed, word, option->doc);
    }
    offer(typed, "--help", "Tell more");
    return end(":none");
}

/* The help of an option that takes a FORMAT lists them: "text (the default), json or html". */
static void offer_formats(const char *list, const struct value *value)
{
    while (*list) {
        size_t length = strcspn(list, " ,");
        if (*list == '(')
            length = strcspn(list, ")") + 1;
        else if (length && strncmp(list, "or ", 3) != 0) {
            if (!strncmp(list, value->typed, strlen(value->typed)))
                printf("%.*s%.*s\t\n", (int)value->before_length, value->before, (int)length, list);
        }
        list += length;
        list += strspn(list, " ,");
    }
}

static int offer_values(const struct argp_option *option, const struct value *value)
{
    if (!strcmp(option->arg, "FORMAT"))
        offer_formats(option->doc, value);
    if (!strcmp(option->arg, "FILE"))
        return end(":files");
    return end(strcmp(option->arg, "DIR") ? ":none" : ":directories");
}

/* --- arguments --- */

static int program_at(int index)
{
    printf(":program %d\n", index);
    return 0;
}

/* Whether a command runs what its first argument names, without a "--" before it. */
static bool takes_program(const struct command *command)
{
    return !strncmp(command->argp->args_doc, "[--] PROGRAM", strlen("[--] PROGRAM"));
}

/* Goes through the words behind the command's name up to the one that is being typed. A shell may
 * make three words of "--format=json". */
static int offer_for(const struct command *command, const struct typed *typed)
{
    const char *last = typed->words[typed->count - 1], *value;
    const struct argp_option *open = NULL; /* waits for its value */
    for (int i = 1; i < typed->count - 1; i++) {
        const char *word = typed->words[i];
        if (open && !strcmp(word, "="))
            continue;
        if (open) {
            open = NULL;
            continue;
        }
        if (!strcmp(word, "--"))
            return program_at(i + 1);
        const struct argp_option *option = option_in(command->argp, word, &value);
        if (option && option->arg && !value)
            open = option;
        else if (word[0] != '-' && takes_program(command))
            return program_at(i);
    }
    if (open)
        return offer_values(open, &(struct value){strcmp(last, "=") ? last : "", "", 0});
    const struct argp_option *option = option_in(command->argp, last, &value);
    if (option && option->arg && value)
        return offer_values(option, &(struct value){value, last, value - last});
    if (last[0] == '-')
        return offer_options(command->argp, last);
    if (!strcmp(command->argp->args_doc, "PID"))
        return end(":none");
    return takes_program(command) ? program_at(typed->count - 1) : end(":files");
}

/* --- the command --- */

static int offer_commands(const char *typed)
{
    for (const struct command *command = cmd_commands; command->name; command++)
        if (command->does)
            offer(typed, command->name, command->does);
    if (typed[0] == '-') {
        offer(typed, "--help", "Tell more");
        offer(typed, "--version", "Tell the version");
    }
    return end(":none");
}

int cmd_complete(int argc, char **argv)
{
    struct typed typed = {argv + 1, argc - 1};
    if (typed.count < 1) {
        cmd_complain("complete: which words?");
        return EXIT_USAGE;
    }
    if (typed.count == 1)
        return offer_commands(typed.words[0]);
    const struct command *command = cmd_find(typed.words[0]);
    return command && command->argp ? offer_for(command, &typed) : end(":none");
}
