/*
 * Those that libgreq.so patches are in hooks.def alone; tests/layers/functions.py looks after that.
 * Those that it only logs are here. Left out: writing through stdio, which every program does and
 * which waits only where the reader of a pipe is slow; reading files of a disk; looking up users
 * and groups.
 */
#include "doctor/waiting.h"

#include <stddef.h>

const struct waiting_group waiting_groups[] = {
    {"stdio", "",
     "getchar getchar_unlocked __gets_chk scanf vscanf __isoc99_scanf __isoc99_vscanf "
     "__isoc23_scanf __isoc23_vscanf getwchar getpass"},
    {"socket", "", "preadv2 preadv64v2 pwritev2 pwritev64v2 tee vmsplice tcdrain"},
    {"dns", "",
     "gai_suspend gethostent gethostent_r res_query __res_query res_search __res_search "
     "res_querydomain __res_querydomain res_send __res_send res_nquery __res_nquery res_nsearch "
     "__res_nsearch res_nquerydomain __res_nquerydomain res_nsend __res_nsend rcmd rcmd_af"},
    {"process", "", "system __libc_system"},
    {"signal", "",
     "pause sigpause __sigpause __xpg_sigpause sigsuspend __sigsuspend sigwait sigwaitinfo "
     "sigtimedwait"},
    {"lock", "",
     "__pthread_mutex_lock __pthread_rwlock_rdlock __pthread_rwlock_wrlock pthread_barrier_wait"},
    {"ipc", "", "msgrcv msgsnd mq_receive mq_timedreceive mq_send mq_timedsend"},
    {"file", "", "lckpwdf sync_file_range copy_file_range"},
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
