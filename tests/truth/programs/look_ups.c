/* Names are looked up by threads. Usage: look_ups pool | each. By a pool of three, twelve names; or
 * each of four by a thread of its own. */
#include "client.h"

#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES = 12, POOL = 3, EACH = 4 };
static int left;

static void *work(void *nothing)
{
    while (__atomic_sub_fetch(&left, 1, __ATOMIC_RELAXED) >= 0) {
        struct addrinfo *found;
        must(-getaddrinfo("host-7", "80", NULL, &found), "getaddrinfo");
        freeaddrinfo(found);
    }
    return nothing;
}

int main(int argc, char **argv)
{
    pthread_t threads[EACH];
    bool pool = argc > 1 && !strcmp(argv[1], "pool");
    int count = pool ? POOL : EACH;
    left = pool ? NAMES : EACH;
    for (int i = 0; i < count; i++)
        must(-pthread_create(&threads[i], NULL, work, NULL), "pthread_create");
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    truth_tell();
}
