/*
 * Left out: writing through stdio, which every program does and which waits only where the reader
 * of a pipe is slow; reading files of a disk; looking up users and groups.
 */
#include "doctor/waiting.h"

#include <stddef.h>

const struct waiting_group waiting_groups[] = {
    {"stdio", "",
     "fgetc getc _IO_getc getchar fgetc_unlocked getc_unlocked getchar_unlocked __uflow "
     "__underflow fgets fgets_unlocked __fgets_chk __fgets_unlocked_chk __gets_chk getline "
     "getdelim "
     "__getdelim fread fread_unlocked __fread_chk __fread_unlocked_chk getw scanf fscanf vscanf "
     "vfscanf __isoc99_scanf __isoc99_fscanf __isoc99_vscanf __isoc99_vfscanf __isoc23_scanf "
     "__isoc23_fscanf __isoc23_vscanf __isoc23_vfscanf fgetwc getwc getwchar fgetws getpass"},
    {"socket", "",
     "connect accept accept4 read readv recv recvfrom recvmsg recvmmsg write writev send sendto "
     "sendmsg sendmmsg preadv2 preadv64v2 pwritev2 pwritev64v2 sendfile sendfile64 splice tee "
     "vmsplice tcdrain"},
    {"select", "", "poll ppoll select pselect epoll_wait epoll_pwait epoll_pwait2"},
    {"dns", "",
     "getaddrinfo getnameinfo gai_suspend gethostbyname gethostbyname2 gethostbyaddr "
     "gethostbyname_r gethostbyname2_r gethostbyaddr_r gethostent gethostent_r res_query "
     "__res_query res_search __res_search res_querydomain __res_querydomain res_send __res_send "
     "res_nquery __res_nquery res_nsearch __res_nsearch res_nquerydomain __res_nquerydomain "
     "res_nsend __res_nsend rcmd rcmd_af"},
    {"time", "", "sleep usleep nanosleep clock_nanosleep thrd_sleep"},
    {"process", "",
     "wait __wait waitpid __waitpid wait3 wait4 waitid system __libc_system pclose wordexp"},
    {"signal", "",
     "pause sigpause __sigpause __xpg_sigpause sigsuspend __sigsuspend sigwait sigwaitinfo "
     "sigtimedwait"},
    {"lock", "",
     "pthread_mutex_lock __pthread_mutex_lock pthread_mutex_timedlock pthread_mutex_clocklock "
     "pthread_cond_wait pthread_cond_timedwait pthread_cond_clockwait pthread_rwlock_rdlock "
     "__pthread_rwlock_rdlock pthread_rwlock_wrlock __pthread_rwlock_wrlock "
     "pthread_rwlock_timedrdlock pthread_rwlock_timedwrlock pthread_rwlock_clockrdlock "
     "pthread_rwlock_clockwrlock pthread_barrier_wait sem_wait sem_timedwait sem_clockwait "
     "mtx_lock mtx_timedlock cnd_wait cnd_timedwait"},
    {"thread", "", "pthread_join pthread_timedjoin_np pthread_clockjoin_np thrd_join"},
    {"ipc", "", "msgrcv msgsnd semop semtimedop mq_receive mq_timedreceive mq_send mq_timedsend"},
    {"file", "",
     "flock lockf lockf64 lckpwdf fsync fdatasync sync syncfs sync_file_range copy_file_range"},
    {"file", "F_SETLKW", "fcntl fcntl64 __fcntl"},
    {"file", "MS_SYNC", "msync"},
    {"aio", "", "aio_suspend aio_suspend64"},
    {"aio", "LIO_WAIT", "lio_listio lio_listio64"},
    {"aio", "libaio", "io_getevents io_pgetevents"},
    {"aio", "liburing",
     "io_uring_enter io_uring_enter2 io_uring_submit_and_wait io_uring_submit_and_wait_timeout "
     "io_uring_submit_and_get_events io_uring_wait_cqes io_uring_wait_cqe_timeout "
     "__io_uring_get_cqe"},
    {"raw", "any system call but a futex wait", "syscall"},
    {NULL, NULL, NULL},
};
