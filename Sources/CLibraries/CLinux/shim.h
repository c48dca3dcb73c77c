// What Glibc's module map leaves out: epoll, eventfd and their flag macros,
// and calls that C declares variadic.
#pragma once
#include <malloc.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

/// Names the calling thread (at most 15 bytes), as `top -H` shows it.
static inline int linux_set_thread_name(const char *name) {
    return prctl(PR_SET_NAME, (unsigned long)name, 0, 0, 0);
}
