/*
 * sanitizer.h: tells AddressSanitizer and ThreadSanitizer about switches of stacks, where the
 * process has their runtime. The references are weak, so the shim needs neither.
 */
#ifndef TASK_SANITIZER_H
#define TASK_SANITIZER_H

#include <stddef.h>

__attribute__((weak)) void __sanitizer_start_switch_fiber(void **save, const void *bottom,
                                                          size_t size);
__attribute__((weak)) void __sanitizer_finish_switch_fiber(void *saved, const void **bottom,
                                                           size_t *size);
__attribute__((weak)) void __asan_unpoison_memory_region(const volatile void *address, size_t size);
__attribute__((weak)) void *__tsan_get_current_fiber(void);
__attribute__((weak)) void *__tsan_create_fiber(unsigned flags);
__attribute__((weak)) void __tsan_destroy_fiber(void *fiber);
__attribute__((weak)) void __tsan_switch_to_fiber(void *fiber, unsigned flags);

#endif
