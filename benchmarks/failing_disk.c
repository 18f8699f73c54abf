/* A disk that fails on purpose, for benchmarks/failingdisk.py: loaded with LD_PRELOAD, armed by a call.

   Counts the calls that change files under one folder and does wrong at the k-th: what, is one of the numbers below.
   Nothing else in the process is touched. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum { COUNT, EIO_ONCE, EIO_ON, FULL_ON, SHORT_THEN_FULL, DIE_BEFORE, DIE_HALF, DIE_AFTER };

static char folder[4096];
static size_t folder_length;
static int what = COUNT;
static long at = 0;
static long calls = 0;

void failing_disk_arm(const char *path, int kind, long k) {
    snprintf(folder, sizeof folder, "%s", path);
    folder_length = strlen(folder);
    what = kind;
    at = k;
    calls = 0;
}

long failing_disk_calls(void) { return calls; }

static int is_ours(const char *path) { return folder_length && !strncmp(path, folder, folder_length); }

static int is_open_there(int fd) {
    char link[64], path[4096];
    if (!folder_length) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return is_ours(path);
}

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

/* 0: go on; else the errno to fail with. *half: write half of it first, then come back to `after_half`. */
static int next_call(int writes, int *half, long *number) {
    long n = __sync_add_and_fetch(&calls, 1);
    *number = n;
    *half = 0;
    if (what == COUNT || n < at) return 0;
    if (n == at) {
        if (what == EIO_ONCE) return EIO;
        if (what == DIE_BEFORE) die();
        if ((what == DIE_HALF || what == SHORT_THEN_FULL) && writes) *half = 1;
    }
    if (what == EIO_ON) return EIO;
    if (what == FULL_ON && writes) return ENOSPC;
    if (what == SHORT_THEN_FULL && writes && n > at) return ENOSPC;
    return 0;
}

static void after(long number) {
    if (number == at && (what == DIE_AFTER || what == DIE_HALF)) die();
}

#define REAL(name) static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

#define WRITING(fd, count, call_whole, call_half)                     \
    if (!is_open_there(fd)) return call_whole;                        \
    int half; long number; int error = next_call(1, &half, &number); \
    if (error) { errno = error; return -1; }                          \
    ssize_t done = half && (count) > 1 ? call_half : call_whole;      \
    after(number);                                                    \
    return done

ssize_t write(int fd, const void *data, size_t count) {
    REAL(write);
    WRITING(fd, count, real(fd, data, count), real(fd, data, count / 2));
}

ssize_t pwrite(int fd, const void *data, size_t count, off_t offset) {
    REAL(pwrite);
    WRITING(fd, count, real(fd, data, count, offset), real(fd, data, count / 2, offset));
}

ssize_t pwrite64(int fd, const void *data, size_t count, off64_t offset) {
    REAL(pwrite64);
    WRITING(fd, count, real(fd, data, count, offset), real(fd, data, count / 2, offset));
}

#define DOING(ours, writes, call)                                          \
    if (!(ours)) return call;                                              \
    int half; long number; int error = next_call(writes, &half, &number); \
    if (error) { errno = error; return -1; }                               \
    int done = call;                                                       \
    after(number);                                                         \
    return done

int fsync(int fd) { REAL(fsync); DOING(is_open_there(fd), 0, real(fd)); }
int fdatasync(int fd) { REAL(fdatasync); DOING(is_open_there(fd), 0, real(fd)); }
int ftruncate(int fd, off_t size) { REAL(ftruncate); DOING(is_open_there(fd), 1, real(fd, size)); }
int ftruncate64(int fd, off64_t size) { REAL(ftruncate64); DOING(is_open_there(fd), 1, real(fd, size)); }
int rename(const char *from, const char *to) { REAL(rename); DOING(is_ours(to), 0, real(from, to)); }
int unlink(const char *path) { REAL(unlink); DOING(is_ours(path), 0, real(path)); }
