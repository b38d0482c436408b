/*
 * Downloads by libcurl's easy interface, which knows nothing of State Threads, in threads of
 * State Threads: under libgreq.so all at once, else one after the other.
 *
 *     state_threads URL COUNT
 */
#include <curl/curl.h>
#include <errno.h>
#include <greq/greq.h>
#include <poll.h>
#include <st.h>
#include <stdio.h>
#include <stdlib.h>

static int key;

/* State Threads has a thread for its own loop, which has no value under the key. */
static void *current(void *data)
{
    (void)data;
    return st_thread_getspecific(key);
}

static int wait_by_st(void *data, struct pollfd *set, size_t count, int64_t timeout_ns)
{
    st_utime_t limit = timeout_ns < 0 ? ST_UTIME_NO_TIMEOUT : ((st_utime_t)timeout_ns + 999) / 1000;
    (void)data;
    if (!count)
        return st_usleep(limit) == 0 ? ETIMEDOUT : errno;
    int ready = st_poll(set, (int)count, limit);
    return ready < 0 ? errno : ready ? 0 : ETIMEDOUT;
}

static size_t ignore(char *data, size_t size, size_t count, void *argument)
{
    (void)data, (void)argument;
    return size * count;
}

static void *download(void *url)
{
    CURL *handle = curl_easy_init();
    st_thread_setspecific(key, handle);
    curl_easy_setopt(handle, CURLOPT_URL, url);
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, ignore);
    CURLcode code = curl_easy_perform(handle);
    curl_easy_cleanup(handle);
    return code == CURLE_OK ? url : NULL;
}

int main(int argc, char **argv)
{
    const struct greq_host host = {.size = sizeof host, .current = current, .wait = wait_by_st};
    st_thread_t threads[100];
    void *result;
    int count = argc == 3 ? atoi(argv[2]) : 0, good = 0;
    if (count < 1 || count > 100 || st_set_eventsys(ST_EVENTSYS_ALT) != 0 || st_init() != 0 ||
        st_key_create(&key, NULL) != 0 || curl_global_init(CURL_GLOBAL_ALL) != CURLE_OK)
        return 2;
    int error = greq_host_set(&host, NULL);
    if (error && error != ENOSYS)
        return 2;
    st_utime_t start = st_utime();
    for (int i = 0; i < count; i++)
        threads[i] = st_thread_create(download, argv[1], 1, 1 << 20);
    for (int i = 0; i < count; i++)
        good += st_thread_join(threads[i], &result) == 0 && result;
    printf("%d of %d in %.2f s\n", good, count, (double)(st_utime() - start) / 1e6);
    return good != count;
}
