/* Five answers come while the program is in a long call that it needs. */
#include "client.h"

#include <pthread.h>
#include <unistd.h>

enum { COUNT = 5 };
static const double delay_s = 0.2, call_s = 0.6;

static void *take_all(void *fds)
{
    client_take_all(fds, COUNT);
    return NULL;
}

int main(int argc, char **argv)
{
    int fds[COUNT];
    bool overlaps = client_overlaps(argc, argv);
    for (int i = 0; i < COUNT; i++)
        fds[i] = client_open();
    for (int i = 0; i < COUNT; i++)
        client_ask(fds[i], delay_s);
    double asked = now_s();
    pthread_t thread;
    if (overlaps)
        must(-pthread_create(&thread, NULL, take_all, fds), "pthread_create");
    TRUTH_BLAME("usleep");
    usleep((unsigned)(call_s * 1e6));
    double left = asked + delay_s;
    truth_held(now_s() - left, COUNT);
    if (overlaps)
        pthread_join(thread, NULL);
    else
        take_all(fds);
    truth_tell();
}
