/* Waits with a deadline, for a program whose clock runs faster or slower than the machine's.
 *
 * libfaketime answers a program that asks for the time, and shortens its sleeps. Two waits it does not know (0.9.10):
 * they take an instant of the program's clock as their deadline and hand it to the kernel, which has the machine's
 * clock, so that a second becomes years. Python's locks with a timeout are the first, C++'s condition variables the
 * second. Here what is left until the deadline is reckoned by the program's clock, divided by its pace, and waited for
 * by the machine's. Preloaded before libfaketime, whose clock_gettime this one calls.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* How fast the program's clock runs now: after the x in the file that libfaketime reads. */
static double pace(void) {
    char line[128] = "";
    const char *name = getenv("FAKETIME_TIMESTAMP_FILE"), *found;
    FILE *file = name ? fopen(name, "re") : NULL;
    double read = 1;
    if (file) {
        if (fgets(line, sizeof line, file) && (found = strchr(line, 'x'))) read = strtod(found + 1, NULL);
        fclose(file);
    }
    return read > 0 ? read : 1;
}

/* The instant of the machine's clock that is as far away as the program believes *deadline* to be. */
static struct timespec machines(clockid_t clock, const struct timespec *deadline) {
    struct timespec programs, now;
    clock_gettime(clock, &programs);
    syscall(SYS_clock_gettime, clock, &now);
    double left = ((double)(deadline->tv_sec - programs.tv_sec) + (deadline->tv_nsec - programs.tv_nsec) / 1e9) / pace();
    if (left < 0) left = 0;
    now.tv_sec += (time_t)left;
    now.tv_nsec += (long)((left - (double)(time_t)left) * 1e9);
    if (now.tv_nsec >= 1000000000L) {
        now.tv_sec += 1;
        now.tv_nsec -= 1000000000L;
    }
    return now;
}

int sem_clockwait(sem_t *semaphore, clockid_t clock, const struct timespec *deadline) {
    static int (*real)(sem_t *, clockid_t, const struct timespec *);
    if (!real) real = (int (*)(sem_t *, clockid_t, const struct timespec *))dlsym(RTLD_NEXT, "sem_clockwait");
    struct timespec when = machines(clock, deadline);
    return real(semaphore, clock, &when);
}

int pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock,
                           const struct timespec *deadline) {
    static int (*real)(pthread_cond_t *, pthread_mutex_t *, clockid_t, const struct timespec *);
    if (!real)
        real = (int (*)(pthread_cond_t *, pthread_mutex_t *, clockid_t, const struct timespec *))dlsym(
            RTLD_NEXT, "pthread_cond_clockwait");
    struct timespec when = machines(clock, deadline);
    return real(condition, mutex, clock, &when);
}
