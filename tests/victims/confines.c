/* confines: takes system calls away from itself and goes on. confines HOW [CALLS] */
#include "facts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ALLOW(number)                                    \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1), \
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/* What the rest of this program calls; anything else ends it. */
static struct sock_filter instructions[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
    ALLOW(SYS_read),
    ALLOW(SYS_write),
    ALLOW(SYS_exit_group),
#ifdef SYS_fork
    ALLOW(SYS_fork),
#endif
    ALLOW(SYS_clone),
    ALLOW(SYS_set_robust_list),
    ALLOW(SYS_wait4),
    ALLOW(SYS_gettid),
    ALLOW(SYS_getpid),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
};
static const struct sock_fprog filter = {sizeof instructions / sizeof *instructions, instructions};

static void no_new_rights(void)
{
    must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "PR_SET_NO_NEW_PRIVS");
}

static void by_strict(void)
{
    must(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT), "strict");
}

static void by_strict_syscall(void)
{
    must((int)syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 0, NULL), "strict");
}

static void by_filter(void)
{
    no_new_rights();
    must(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter), "filter");
}

static void by_filter_syscall(void)
{
    no_new_rights();
    must((int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter), "filter");
}

static void by_prctl_syscall(void)
{
    no_new_rights();
    must((int)syscall(SYS_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0), "filter");
}

/* Landlock, by which a program loses files: none may be made from here on. */
static void by_landlock(void)
{
    struct landlock_ruleset_attr rules = {.handled_access_fs = LANDLOCK_ACCESS_FS_MAKE_REG};
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0);
    no_new_rights();
    if (ruleset >= 0)
        must((int)syscall(SYS_landlock_restrict_self, ruleset, 0), "landlock_restrict_self");
}

/* Root only: a user who may not write where root may, in a root that has nothing. */
static void by_setuid(void)
{
    if (geteuid() == 0)
        must(setuid(65534), "setuid");
}

static void by_chroot(void)
{
    if (geteuid() == 0)
        must(chroot("/proc/self/fdinfo"), "chroot");
}

/* The next program inherits the filter, and may not make a directory. */
static void by_inheriting(void)
{
    static struct sock_filter no_directories[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mkdirat, 1, 0),
#ifdef SYS_mkdir
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mkdir, 0, 1),
#else
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
#endif
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog denial = {sizeof no_directories / sizeof *no_directories,
                                      no_directories};
    no_new_rights();
    must(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &denial), "filter");
    execl("/bin/sh", "sh", "-c", "echo went on; exit 7", (char *)NULL);
}

/* What libraries ask in order to know what this kernel can do. */
static void by_asking(void)
{
    no_new_rights();
    fact("prctl: %s", outcome(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL)));
    fact("seccomp: %s", outcome(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, NULL)));
    fact("get: %d", prctl(PR_GET_SECCOMP));
}

/* From now on whoever reads the processor's counter is killed, and libc's clock_gettime reads it.
 */
static void no_counter(void)
{
    if (prctl(PR_SET_TSC, PR_TSC_SIGSEGV) != 0)
        fact("no counter to forbid"); /* as alone */
}

static void no_counter_syscall(void)
{
    if (syscall(SYS_prctl, PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0) != 0)
        fact("no counter to forbid");
}

static const struct {
    const char *how;
    void (*confine)(void);
    bool is_strict;
} ways[] = {
    {"strict", by_strict, true},
    {"strict_syscall", by_strict_syscall, true},
    {"filter", by_filter, false},
    {"filter_syscall", by_filter_syscall, false},
    {"prctl_syscall", by_prctl_syscall, false},
    {"landlock", by_landlock, false},
    {"setuid", by_setuid, false},
    {"chroot", by_chroot, false},
    {"inheriting", by_inheriting, false},
    {"no_new_rights", no_new_rights, false},
    {"asking", by_asking, false},
    {"no_counter", no_counter, false},
    {"no_counter_syscall", no_counter_syscall, false},
};

static void write_often(int fd, int calls)
{
    for (int i = 0; i < calls; i++)
        if (write(fd, "x", 1) != 1)
            _exit(3);
}

/* Only write, and for strict mode the one way out that it leaves. */
static void go_on(int fd, int calls, bool is_strict)
{
    write_often(fd, calls);
    if (write(STDOUT_FILENO, "went on\n", 8) != 8)
        _exit(4);
    if (is_strict)
        syscall(SYS_exit, 7);
    pid_t child = fork();
    if (child == 0) {
        write_often(fd, calls);
        _exit(5);
    }
    int status = 0;
    wait4(child, &status, 0, NULL);
    exit(WEXITSTATUS(status) == 5 ? 7 : 6);
}

static pid_t start(const char *how, int calls)
{
    pid_t child = must(fork(), "fork");
    if (child != 0)
        return child;
    int fd = must(open("/dev/null", O_WRONLY), "open");
    write_often(fd, 3);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        if (!strcmp(ways[i].how, how)) {
            ways[i].confine();
            go_on(fd, calls, ways[i].is_strict);
        }
    _exit(2);
}

int main(int count, char **words)
{
    int status;
    setvbuf(stdout, NULL, _IONBF, 0);
    pid_t child = start(words[1], count > 2 ? atoi(words[2]) : 5000);
    must(waitpid(child, &status, 0), "waitpid");
    fact("exited with %d, killed by %d", WEXITSTATUS(status), WTERMSIG(status));
}
