/* hooking_allocator: a program whose allocator makes calls that are hooked, under a lock of its
 * own: what looks for the real functions must not allocate while it cannot bear to be called
 * itself. */
#include "facts.h"

#include <errno.h>
#include <greq/greq.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ARENA = 64 << 20, HEADER = 16 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static __thread int depth; /* of calls that this thread is in */
static bool entered_again; /* while it was in one */
static bool slow;          /* atomic */
static char *arena;
static size_t used;
static unsigned long calls;

/* What a call-counting, page-returning, statistics-writing allocator might do. */
static void make_calls(void)
{
    int saved = errno;
    char byte;
    poll(NULL, 0, 0);
    (void)!read(-1, &byte, 1);
    (void)!write(-1, &byte, 1);
    close(-1);
    syscall(SYS_close, -1);
    calls++;
    errno = saved;
}

/* An allocator does not sleep. */
static void work_for(double seconds)
{
    for (double end = now_s() + seconds; now_s() < end;)
        ;
}

void *malloc(size_t size)
{
    entered_again |= depth++ > 0;
    pthread_mutex_lock(&lock);
    if (__atomic_load_n(&slow, __ATOMIC_RELAXED))
        work_for(0.001);
    if (!arena)
        arena = mmap(NULL, ARENA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    make_calls();
    char *block = arena + used;
    used += HEADER + ((size + HEADER - 1) & ~(size_t)(HEADER - 1));
    bool room = used <= ARENA;
    pthread_mutex_unlock(&lock);
    depth--;
    if (!room)
        return NULL;
    *(size_t *)(void *)block = size;
    return block + HEADER;
}

void free(void *block)
{
    (void)block;
}

void *calloc(size_t count, size_t size)
{
    return malloc(count * size); /* fresh pages are zero */
}

void *realloc(void *block, size_t size)
{
    char *moved = malloc(size);
    if (moved && block) {
        size_t before = *(size_t *)(void *)((char *)block - HEADER);
        memcpy(moved, block, before < size ? before : size);
    }
    return moved;
}

static void *wait_shortly(void *item)
{
    char *text = strdup("allocated");
    usleep(20000);
    return strcmp(text, "allocated") == 0 ? item : NULL;
}

/* ---- threads that wait for the lock of the allocator, and tasks among them ---- */

static void *allocate_much(void *unused)
{
    for (int i = 0; i < 50; i++) {
        void *volatile block = malloc(100);
        free(block);
        greq_yield();
    }
    return unused;
}

static void *allocate_in_tasks(void *unused)
{
    void *items[5] = {0};
    greq_map(allocate_much, items, NULL, 5, 0);
    return unused;
}

static void share_the_allocator(void)
{
    pthread_t thread;
    __atomic_store_n(&slow, true, __ATOMIC_RELAXED);
    must(-pthread_create(&thread, NULL, allocate_in_tasks, NULL), "pthread_create");
    allocate_in_tasks(NULL);
    pthread_join(thread, NULL);
    fact("entered again: %d", entered_again);
}

int main(void)
{
    void *items[10], *results[10];
    for (intptr_t i = 0; i < 10; i++)
        items[i] = (void *)(i + 1);
    fact("map %s", error_name(greq_map(wait_shortly, items, results, 10, 0)));
    for (int i = 0; i < 10; i++)
        fact("%d", (int)(intptr_t)results[i]);
    fact("calls were made: %d", calls > 10);
    share_the_allocator();
}
