/*
 * logged_waits CASE: one wait that is never parked, made in a task beside another one; it ends
 * after some 100 ms, by a thread or a timer. Says what it returned.
 */
#include "company.h"
#include "facts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <greq/greq.h>
#include <mqueue.h>
#include <netdb.h>
#include <pthread.h>
#include <resolv.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define WAIT_MS 100

static void tell(const char *what, long result)
{
    fact("%s: %ld, %s", what, result, error_name(result < 0 ? errno : 0));
}

/* What the others do when the wait has begun. */
static pthread_t later(void *(*run)(void *), void *argument)
{
    pthread_t thread;
    must(-pthread_create(&thread, NULL, run, argument), "pthread_create");
    return thread;
}

/* ---- signals ---- */

static void ignore_alarm(int number)
{
    (void)number;
}

static sigset_t alarm_later(bool blocked)
{
    struct itimerval timer = {.it_value.tv_usec = WAIT_MS * 1000};
    sigset_t set;
    if (!blocked) /* where the first comes before the wait has begun */
        timer.it_interval.tv_usec = 500000;
    signal(SIGALRM, ignore_alarm);
    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    must(pthread_sigmask(blocked ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL), "pthread_sigmask");
    must(setitimer(ITIMER_REAL, &timer, NULL), "setitimer");
    return set;
}

static void wait_pause(void)
{
    alarm_later(false);
    tell("pause", pause());
    must(setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL), "setitimer");
}

static void wait_sigsuspend(void)
{
    sigset_t none;
    alarm_later(true);
    sigemptyset(&none);
    tell("sigsuspend", sigsuspend(&none));
}

static void wait_sigwait(void)
{
    sigset_t set = alarm_later(true);
    int number = 0;
    tell("sigwait", sigwait(&set, &number));
    fact("signal %d", number);
}

static void wait_sigwaitinfo(void)
{
    sigset_t set = alarm_later(true);
    siginfo_t info;
    tell("sigwaitinfo", sigwaitinfo(&set, &info));
    fact("signal %d", info.si_signo);
}

static void wait_sigtimedwait(void)
{
    const struct timespec timeout = {0, WAIT_MS * 1000000};
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    tell("sigtimedwait", sigtimedwait(&set, NULL, &timeout));
}

/* ---- queues of POSIX ---- */

static struct timespec in_10_s(void)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 10;
    return until;
}

static mqd_t open_queue(void)
{
    struct mq_attr attributes = {.mq_maxmsg = 1, .mq_msgsize = 8};
    char name[64];
    snprintf(name, sizeof name, "/greq-logged-waits-%d", getpid());
    mqd_t queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attributes);
    must(queue, "mq_open");
    mq_unlink(name);
    return queue;
}

static void *send_later(void *queue)
{
    raw_sleep_ms(WAIT_MS);
    must(mq_send(*(mqd_t *)queue, "later", 5, 0), "mq_send");
    return NULL;
}

static void *receive_later(void *queue)
{
    char text[8];
    raw_sleep_ms(WAIT_MS);
    must((int)mq_receive(*(mqd_t *)queue, text, sizeof text, NULL), "mq_receive");
    return NULL;
}

static void receive_by_queue(bool timed)
{
    mqd_t queue = open_queue();
    char text[8];
    struct timespec until = in_10_s();
    pthread_t other = later(send_later, &queue);
    if (timed)
        tell("mq_timedreceive", mq_timedreceive(queue, text, sizeof text, NULL, &until));
    else
        tell("mq_receive", mq_receive(queue, text, sizeof text, NULL));
    pthread_join(other, NULL);
}

static void wait_mq_receive(void)
{
    receive_by_queue(false);
}

static void wait_mq_timedreceive(void)
{
    receive_by_queue(true);
}

static void send_by_queue(bool timed)
{
    mqd_t queue = open_queue();
    struct timespec until = in_10_s();
    must(mq_send(queue, "full", 4, 0), "mq_send");
    pthread_t other = later(receive_later, &queue);
    if (timed)
        tell("mq_timedsend", mq_timedsend(queue, "more", 4, 0, &until));
    else
        tell("mq_send", mq_send(queue, "more", 4, 0));
    pthread_join(other, NULL);
}

static void wait_mq_send(void)
{
    send_by_queue(false);
}

static void wait_mq_timedsend(void)
{
    send_by_queue(true);
}

/* ---- System V ---- */

struct message {
    long type;
    char text[8];
};

static int message_queue(void)
{
    int queue = msgget(IPC_PRIVATE, 0600);
    must(queue, "msgget");
    return queue;
}

static void *msgsnd_later(void *queue)
{
    struct message message = {1, "later"};
    raw_sleep_ms(WAIT_MS);
    must(msgsnd(*(int *)queue, &message, 5, 0), "msgsnd");
    return NULL;
}

static void wait_msgrcv(void)
{
    int queue = message_queue();
    struct message message;
    pthread_t other = later(msgsnd_later, &queue);
    tell("msgrcv", msgrcv(queue, &message, sizeof message.text, 0, 0));
    pthread_join(other, NULL);
    msgctl(queue, IPC_RMID, NULL);
}

static void *remove_queue_later(void *queue)
{
    raw_sleep_ms(WAIT_MS);
    msgctl(*(int *)queue, IPC_RMID, NULL);
    return NULL;
}

static void wait_msgsnd(void)
{
    int queue = message_queue();
    struct message message = {1, "full"};
    pthread_t other = later(remove_queue_later, &queue);
    int result = 0;
    while (result == 0)
        result = msgsnd(queue, &message, 8, 0);
    tell("msgsnd", result);
    pthread_join(other, NULL);
}

/* ---- copies ---- */

static void *write_later(void *pipe)
{
    raw_sleep_ms(WAIT_MS);
    must((int)write(((int *)pipe)[1], "later", 5), "write");
    return NULL;
}

static void wait_tee(void)
{
    int from[2], to[2];
    must(pipe(from) | pipe(to), "pipe");
    pthread_t other = later(write_later, from);
    tell("tee", tee(from[0], to[1], 16, 0));
    pthread_join(other, NULL);
}

static void *drain_later(void *pipe)
{
    char bytes[4096];
    raw_sleep_ms(WAIT_MS);
    must((int)read(((int *)pipe)[0], bytes, sizeof bytes), "read");
    return NULL;
}

static void wait_vmsplice(void)
{
    int ends[2];
    static char bytes[4096];
    must(pipe2(ends, O_NONBLOCK), "pipe2");
    while (write(ends[1], bytes, sizeof bytes) > 0)
        ;
    must(fcntl(ends[1], F_SETFL, 0), "fcntl");
    pthread_t other = later(drain_later, ends);
    struct iovec vector = {bytes, 100};
    tell("vmsplice", vmsplice(ends[1], &vector, 1, 0));
    pthread_join(other, NULL);
}

static void wait_copy_file_range(void)
{
    char text[8] = "";
    int from = memfd_create("from", 0), to = memfd_create("to", 0);
    must((int)pwrite(from, "hello", 5, 0), "pwrite");
    tell("copy_file_range", copy_file_range(from, NULL, to, NULL, 16, 0));
    fact("read %zd: %s", pread(to, text, sizeof text, 0), text);
}

/* ---- names ---- */

enum { FLAGS_BYTE = 2, RESPONSE = 0x80, REFUSAL = 5 };

/* Two questions are answered: res_search asks for the name as it is, and may ask for more. */
static void *refuse_later(void *server)
{
    unsigned char packet[512];
    struct sockaddr_storage from;
    for (;;) {
        socklen_t size = sizeof from;
        ssize_t got = recvfrom(*(int *)server, packet, sizeof packet, 0, (void *)&from, &size);
        if (got < 12)
            return NULL;
        raw_sleep_ms(WAIT_MS);
        packet[FLAGS_BYTE] |= RESPONSE;
        packet[FLAGS_BYTE + 1] |= REFUSAL;
        sendto(*(int *)server, packet, (size_t)got, 0, (void *)&from, size);
    }
}

static void use_slow_server(void)
{
    static int server;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    server = socket(AF_INET, SOCK_DGRAM, 0);
    must(bind(server, (void *)&address, size), "bind");
    must(getsockname(server, (void *)&address, &size), "getsockname");
    must(res_init(), "res_init");
    _res.nsaddr_list[0] = address;
    _res.nscount = 1;
    _res.retry = 1;
    pthread_detach(later(refuse_later, &server));
}

static void wait_res_query(void)
{
    unsigned char answer[512];
    use_slow_server();
    fact("res_query: %d, h_errno %d", res_query("a.test", 1, 1, answer, sizeof answer), h_errno);
}

static void wait_res_search(void)
{
    unsigned char answer[512];
    use_slow_server();
    fact("res_search: %d, h_errno %d", res_search("a.test.", 1, 1, answer, sizeof answer), h_errno);
}

static void wait_res_nquery(void)
{
    unsigned char answer[512];
    use_slow_server();
    fact("res_nquery: %d, h_errno %d", res_nquery(&_res, "a.test", 1, 1, answer, sizeof answer),
         h_errno);
}

static void wait_res_send(void)
{
    unsigned char query[512], answer[512];
    use_slow_server();
    int size = res_mkquery(QUERY, "a.test", 1, 1, NULL, 0, NULL, query, sizeof query);
    fact("res_send: %d", res_send(query, size, answer, sizeof answer));
}

static void wait_getaddrinfo_a(void)
{
    struct gaicb request = {.ar_name = "127.0.0.1"}, *list[] = {&request};
    tell("getaddrinfo_a", getaddrinfo_a(GAI_WAIT, list, 1, NULL));
    tell("gai_suspend", gai_suspend((const struct gaicb *const *)list, 1, NULL));
    fact("error %d", gai_error(&request));
    freeaddrinfo(request.ar_result);
}

/* ---- the task ---- */

static const struct {
    const char *name;
    void (*wait)(void);
} cases[] = {
    {"pause", wait_pause},
    {"sigsuspend", wait_sigsuspend},
    {"sigwait", wait_sigwait},
    {"sigwaitinfo", wait_sigwaitinfo},
    {"sigtimedwait", wait_sigtimedwait},
    {"mq_receive", wait_mq_receive},
    {"mq_timedreceive", wait_mq_timedreceive},
    {"mq_send", wait_mq_send},
    {"mq_timedsend", wait_mq_timedsend},
    {"msgrcv", wait_msgrcv},
    {"msgsnd", wait_msgsnd},
    {"tee", wait_tee},
    {"vmsplice", wait_vmsplice},
    {"copy_file_range", wait_copy_file_range},
    {"res_query", wait_res_query},
    {"res_search", wait_res_search},
    {"res_nquery", wait_res_nquery},
    {"res_send", wait_res_send},
    {"getaddrinfo_a", wait_getaddrinfo_a},
};

static void *be_there(void *none)
{
    return none;
}

static void *run_case(void *name)
{
    greq_task *other = greq_spawn(be_there, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (!strcmp(cases[i].name, name))
            cases[i].wait();
    greq_join(other, NULL);
    return NULL;
}

int main(int argc, char *argv[])
{
    greq_task *task = argc > 1 ? greq_spawn(run_case, argv[1]) : NULL;
    return task ? greq_join(task, NULL) : 2;
}
