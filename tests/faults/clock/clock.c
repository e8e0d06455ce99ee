/* A wall clock to set, between a process and the kernel (LD_PRELOAD).
 *
 * CLOCK_OFF: the file that says by how many seconds the wall clock is off, now. Every clock that only
 *   goes forward stays as it is, as on a machine whose administrator sets the time.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long off(void) {
    const char *path = getenv("CLOCK_OFF");
    char said[32] = {0};
    if (!path) return 0;
    int saved = errno;
    int fd = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd >= 0) {
        syscall(SYS_read, fd, said, sizeof said - 1);
        syscall(SYS_close, fd);
    }
    errno = saved;
    return atol(said);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int result = syscall(SYS_clock_gettime, clock, now);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += off();
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    int result = syscall(SYS_gettimeofday, now, zone);
    if (result == 0 && now) now->tv_sec += off();
    return result;
}

time_t time(time_t *where) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (where) *where = now.tv_sec;
    return now.tv_sec;
}
