/* confined_programs PROGRAM: what a program of others allows itself, and does then. Each was ended
 * by a library beside it that did more; its tracker is named. */
#include "facts.h"

#include <errno.h>
#include <fcntl.h>
#include <greq/greq.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

/* Where they are, libc uses them. */
#ifndef SYS_poll
#    define SYS_poll SYS_ppoll
#endif
#ifndef SYS_open
#    define SYS_open SYS_openat
#endif
#ifndef SYS_epoll_wait
#    define SYS_epoll_wait SYS_epoll_pwait
#endif

enum { MOST = 24, SEVERAL = 300 };

static int sockets[2];

/* Answers `otherwise` to all system calls but those of the list, which ends with -1. */
static void allow_only(const int *numbers, unsigned otherwise)
{
    struct sock_filter filter[2 * MOST + 2] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))};
    unsigned short length = 1;
    for (const int *number = numbers; *number >= 0; number++) {
        filter[length++] =
            (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)*number, 0, 1);
        filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    }
    filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, otherwise);
    const struct sock_fprog program = {length, filter};
    must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "PR_SET_NO_NEW_PRIVS");
    must(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), "filter");
}

static void exchange(void)
{
    char byte = 'x';
    if (send(sockets[1], &byte, 1, 0) != 1 || recv(sockets[0], &byte, 1, 0) != 1)
        _exit(3);
}

/* Long enough that a record has a stack. */
static void wait_for_nothing(void)
{
    struct pollfd one = {.fd = sockets[0], .events = POLLIN};
    if (poll(&one, 1, 3) != 0)
        _exit(4);
}

/* GrapheneOS/hardened_malloc#97, openssh/openssh-portable#298 and #374: sshd's child that has not
 * logged in. It may allocate, but knows no thread's number, and maps nothing for others. */
static void like_sshd(void)
{
    static const int numbers[] = {SYS_read,   SYS_write,    SYS_close, SYS_poll,       SYS_ppoll,
                                  SYS_sendto, SYS_recvfrom, SYS_brk,   SYS_exit_group, SYS_shutdown,
                                  -1};
    allow_only(numbers, SECCOMP_RET_KILL_PROCESS);
    for (int i = 0; i < SEVERAL; i++)
        exchange();
    wait_for_nothing();
    shutdown(sockets[1], SHUT_RDWR);
    close(sockets[1]);
}

/* memcached/memcached#400: a loop that may not even ask what time it is. */
static void like_memcached(void)
{
    static const int numbers[] = {SYS_epoll_wait, SYS_epoll_pwait, SYS_sendto,
                                  SYS_recvfrom,   SYS_exit_group,  -1};
    struct epoll_event event = {.events = EPOLLIN};
    int loop = must(epoll_create1(0), "epoll_create1");
    must(epoll_ctl(loop, EPOLL_CTL_ADD, sockets[0], &event), "epoll_ctl");
    allow_only(numbers, SECCOMP_RET_KILL_PROCESS);
    for (int i = 0; i < SEVERAL; i++) {
        exchange();
        if (epoll_wait(loop, &event, 1, i % 100 ? 0 : 3) != 0)
            _exit(5);
    }
}

/* file/file#179: opens and reads what it is asked about, and no more. */
static void like_file(void)
{
    static const int numbers[] = {SYS_openat, SYS_open,       SYS_newfstatat, SYS_fstat, SYS_read,
                                  SYS_lseek,  SYS_exit_group, SYS_close,      -1};
    char bytes[64];
    struct stat facts;
    allow_only(numbers, SECCOMP_RET_KILL_PROCESS);
    for (int i = 0; i < SEVERAL; i++) {
        int fd = open("/proc/self/exe", O_RDONLY);
        if (fd < 0 || fstat(fd, &facts) != 0 || read(fd, bytes, sizeof bytes) != sizeof bytes)
            _exit(6);
        close(fd);
    }
}

/* gperftools/gperftools#1275, google/tcmalloc#81: libseccomp asks what the kernel can do, then
 * memory is taken with the filter on. */
static void asks_first(void)
{
    static const int numbers[] = {SYS_getrandom, SYS_brk,      SYS_mmap,       SYS_munmap,
                                  SYS_sendto,    SYS_recvfrom, SYS_exit_group, -1};
    static const unsigned flags[] = {SECCOMP_FILTER_FLAG_TSYNC, SECCOMP_FILTER_FLAG_LOG,
                                     SECCOMP_FILTER_FLAG_SPEC_ALLOW,
                                     SECCOMP_FILTER_FLAG_NEW_LISTENER};
    unsigned action = SECCOMP_RET_KILL_PROCESS;
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 1, NULL) == 0)
        _exit(7);
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags[i], NULL) == 0)
            _exit(8);
    must((int)syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action), "action");
    allow_only(numbers, SECCOMP_RET_KILL_PROCESS);
    for (int i = 0; i < SEVERAL; i++) {
        char *memory = malloc((size_t)1 << (10 + i % 12));
        if (!memory)
            _exit(9);
        memory[0] = 1;
        exchange();
        free(memory);
    }
}

/* cjdelisle/cjdns#876: who looks at its stack opens a library, which is no longer allowed. */
static void waits_often(void)
{
    static const int numbers[] = {SYS_poll, SYS_ppoll, SYS_exit_group, -1};
    allow_only(numbers, SECCOMP_RET_KILL_PROCESS);
    for (int i = 0; i < 5; i++)
        wait_for_nothing();
}

/* ---- 19h/morok#231, rr-debugger/rr#1852, rpetrich/callander#5: calls that are refused come to a
 * handler, which answers in the kernel's place ---- */

enum { ANSWER = 4711 };

static volatile sig_atomic_t answered;

static void answer(int number, siginfo_t *info, void *context)
{
    ucontext_t *place = context;
#ifdef __x86_64__
    place->uc_mcontext.gregs[REG_RAX] = ANSWER;
#else
    place->uc_mcontext.regs[0] = ANSWER;
#endif
    answered += number == SIGSYS && info->si_syscall == SYS_getppid;
}

static void answers_itself(void)
{
    static const int numbers[] = {SYS_rt_sigreturn, SYS_rt_sigprocmask, SYS_sendto,
                                  SYS_recvfrom,     SYS_exit_group,     -1};
    struct sigaction action = {.sa_sigaction = answer, .sa_flags = SA_SIGINFO};
    must(sigaction(SIGSYS, &action, NULL), "sigaction");
    allow_only(numbers, SECCOMP_RET_TRAP);
    for (int i = 1; i <= 10; i++) {
        exchange();
        if (getppid() != ANSWER || answered != i)
            _exit(10);
    }
}

/* ---- tasks of a program that takes from itself what no program calls ---- */

static void *do_nothing(void *nothing)
{
    return nothing;
}

static void spawn_several(void)
{
    greq_task *tasks[MOST];
    for (int i = 0; i < MOST; i++)
        tasks[i] = greq_spawn(do_nothing, NULL);
    for (int i = 0; i < MOST; i++)
        if (!tasks[i] || greq_join(tasks[i], NULL) != 0)
            _exit(5);
}

static void forbid(int number)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    const struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "PR_SET_NO_NEW_PRIVS");
    must(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), "filter");
}

static void spawns_several(void)
{
    greq_join(greq_spawn(do_nothing, NULL), NULL);
    forbid(SYS_process_madvise);
    for (int i = 0; i < 5; i++)
        spawn_several();
}

static const struct {
    const char *name;
    void (*confine_and_work)(void);
} programs[] = {
    {"sshd", like_sshd},        {"memcached", like_memcached}, {"file", like_file},
    {"asks_first", asks_first}, {"waits_often", waits_often},  {"answers", answers_itself},
    {"spawns", spawns_several},
};

int main(int count, char **words)
{
    int status;
    setvbuf(stdout, NULL, _IONBF, 0);
    must(count == 2 ? 0 : -1, "arguments");
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), "socketpair");
    pid_t child = must(fork(), "fork");
    if (child == 0) {
        exchange();
        for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
            if (!strcmp(programs[i].name, words[1])) {
                programs[i].confine_and_work();
                _exit(20);
            }
        _exit(1);
    }
    must(waitpid(child, &status, 0), "waitpid");
    fact("exited with %d, killed by %d", WEXITSTATUS(status), WTERMSIG(status));
}
