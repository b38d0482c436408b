/* starts: starts a program, which has been told the way to. starts WAY PROGRAM [FILE that is
 * removed first] */
#include "facts.h"

#include <fcntl.h>
#include <malloc.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wordexp.h>

static const char *path, *name; /* the name is found in PATH */
static char *arguments[] = {"child", "argument", NULL};

static void by_execve(void)
{
    execve(path, arguments, environ);
}

static void by_execv(void)
{
    execv(path, arguments);
}

static void by_execvp(void)
{
    execvp(name, arguments);
}

static void by_execvpe(void)
{
    execvpe(name, arguments, environ);
}

static void by_execl(void)
{
    execl(path, arguments[0], arguments[1], (char *)NULL);
}

static void by_execlp(void)
{
    execlp(name, arguments[0], arguments[1], (char *)NULL);
}

static void by_execle(void)
{
    execle(path, arguments[0], arguments[1], (char *)NULL, environ);
}

static void by_fexecve(void)
{
    fexecve(open(path, O_RDONLY), arguments, environ);
}

static void by_fexecve_of_a_path(void)
{
    fexecve(open(path, O_PATH), arguments, environ);
}

static void by_execveat(void)
{
    const char *slash = strrchr(path, '/');
    char directory[256];
    snprintf(directory, sizeof directory, "%.*s", (int)(slash - path), path);
    execveat(open(directory, O_PATH), slash + 1, arguments, environ, 0);
}

static void by_execveat_of_nothing(void)
{
    execveat(open(path, O_PATH), "", arguments, environ, AT_EMPTY_PATH);
}

/* ---- with environments of their own ---- */

/* honggyukim/heaptrace#18: the preload alone, and none of its own variables beside it. */
static void by_execve_of_the_preload(void)
{
    static char variable[4096];
    const char *preload = getenv("LD_PRELOAD");
    char *environment[] = {preload ? variable : NULL, NULL};
    snprintf(variable, sizeof variable, "LD_PRELOAD=%s", preload ? preload : "");
    execve(path, arguments, environment);
}

/* firebuild/firebuild#10: what others make of the variable; termux/termux-packages#2416. */
static void by_execve_of_two_preloads(void)
{
    static char variable[4096];
    const char *preload = getenv("LD_PRELOAD");
    char *again = preload ? variable : "G=h";
    char *environment[] = {"A=b", again, "C=d", again, "E=f", NULL};
    snprintf(variable, sizeof variable, "LD_PRELOAD=%s", preload ? preload : "");
    execve(path, arguments, environment);
}

static void by_execve_without(void)
{
    char *environment[] = {"GREQ_NOTE=own", NULL};
    execve(path, arguments, environment);
}

/* lutoma/xelix#68, omkhar/workcell#685: none at all. */
static void by_execve_of_nothing(void)
{
    char *none[] = {NULL};
    execve(path, arguments, none);
}

static void by_execve_of_null(void)
{
    char **volatile null = NULL;
    execve(path, arguments, null);
}

/* ---- those, in a child ---- */

static const struct {
    const char *way;
    void (*exec)(void);
} execs[] = {
    {"execve", by_execve},
    {"execv", by_execv},
    {"execvp", by_execvp},
    {"execvpe", by_execvpe},
    {"execl", by_execl},
    {"execlp", by_execlp},
    {"execle", by_execle},
    {"fexecve", by_fexecve},
    {"execveat", by_execveat},
    {"fexecve_of_a_path", by_fexecve_of_a_path},
    {"execveat_of_nothing", by_execveat_of_nothing},
    {"execve_of_the_preload", by_execve_of_the_preload},
    {"execve_of_two_preloads", by_execve_of_two_preloads},
    {"execve_without", by_execve_without},
    {"execve_of_nothing", by_execve_of_nothing},
    {"execve_of_null", by_execve_of_null},
};

static void await(const char *how, pid_t child)
{
    int status;
    must(waitpid(child, &status, 0), "waitpid");
    fact("%s: %d", how, WEXITSTATUS(status));
}

static void start_by_fork(void (*exec)(void))
{
    pid_t child = must(fork(), "fork");
    if (child == 0) {
        exec();
        _exit(127);
    }
    await("fork", child);
}

/* The child has our memory: what it allocates is still there afterwards. */
static __attribute__((noinline)) pid_t vfork_and(void (*exec)(void))
{
    pid_t child = vfork();
    if (child == 0) {
        exec();
        _exit(127);
    }
    return child;
}

static void start_by_vfork(void (*exec)(void))
{
    size_t allocated = mallinfo2().uordblks;
    pid_t child = vfork_and(exec);
    allocated = mallinfo2().uordblks - allocated;
    await("vfork", child);
    fact("allocated by the child of vfork: %zu", allocated);
}

/* ---- libc starts the child ---- */

static void by_spawn(int (*spawn)(pid_t *, const char *, const posix_spawn_file_actions_t *,
                                  const posix_spawnattr_t *, char *const[], char *const[]),
                     const char *what)
{
    pid_t child;
    must(-spawn(&child, what, NULL, NULL, arguments, environ), "posix_spawn");
    await("spawn", child);
}

static void by_system(void)
{
    fact("system: %d", WEXITSTATUS(system(path)));
}

static void by_popen(void)
{
    char line[256];
    FILE *pipe = popen(path, "r");
    must(pipe ? 0 : -1, "popen");
    while (fgets(line, sizeof line, pipe))
        fact("said %s", strtok(line, "\n"));
    fact("popen: %d", WEXITSTATUS(pclose(pipe)));
}

static void by_wordexp(void)
{
    wordexp_t words;
    char command[512];
    snprintf(command, sizeof command, "$(%s)", path);
    int result = wordexp(command, &words, WRDE_SHOWERR);
    fact("wordexp: %d %s", result, result ? "" : words.we_wordv[0]);
}

static void start(const char *way)
{
    for (size_t i = 0; i < sizeof execs / sizeof *execs; i++)
        if (!strcmp(way, execs[i].way)) {
            start_by_fork(execs[i].exec);
            start_by_vfork(execs[i].exec);
            return;
        }
    if (!strcmp(way, "posix_spawn"))
        by_spawn(posix_spawn, path);
    else if (!strcmp(way, "posix_spawnp"))
        by_spawn(posix_spawnp, name);
    else if (!strcmp(way, "system"))
        by_system();
    else if (!strcmp(way, "popen"))
        by_popen();
    else if (!strcmp(way, "wordexp"))
        by_wordexp();
    else
        must(-1, way);
}

/* The program is also found in PATH. */
int main(int count, char **words)
{
    char search[512];
    setvbuf(stdout, NULL, _IOLBF, 0);
    path = words[2];
    name = strrchr(path, '/') + 1;
    snprintf(search, sizeof search, "PATH=/nonexistent:%.*s:%s", (int)(name - 1 - path), path,
             getenv("PATH"));
    putenv(search);
    if (count > 3)
        must(unlink(words[3]), "unlink");
    start(words[1]);
}
