/* descriptors_used_up: no descriptor is left when a thread ends the process, or when a long call
 * follows a dlopen. Usage: descriptors_used_up thread|module */
#include "facts.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static void use_up(void)
{
    const struct rlimit few = {20, 20};
    must(setrlimit(RLIMIT_NOFILE, &few), "setrlimit");
    while (dup(0) >= 0)
        ;
}

static void *end_process(void *none)
{
    use_up();
    usleep(2000);
    exit(none != NULL);
}

int main(int count, char **words)
{
    pthread_t thread;
    if (count > 1 && !strcmp(words[1], "thread")) {
        must(-pthread_create(&thread, NULL, end_process, NULL), "pthread_create");
        pthread_join(thread, NULL);
    }
    must(dlopen("libresolv.so.2", RTLD_NOW) ? 0 : -1, "dlopen");
    use_up();
    for (int i = 0; i < 3; i++)
        usleep(2000);
    return 0;
}
