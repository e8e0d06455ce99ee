/* A disk to experiment with, between the daemon and the kernel (LD_PRELOAD).
 *
 * DISK_LOG: every write, truncation, removal and sync of the database and its log is appended to
 *   this file, so that a test can work out what a power cut would have left.
 * DISK_FAULT: while this file exists, its first word says what goes wrong:
 *   full   what would make a file grow fails with ENOSPC
 *   sync   fsync and fdatasync fail with EIO
 *   write  writes fail with EIO
 *   shut   writes fail with EROFS
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

struct record { char operation; char file; uint64_t offset; uint64_t length; } __attribute__((packed));

static char file_of(const char *path) {
    size_t n = strlen(path);
    if (n > 9 && strcmp(path + n - 9, "corgea.db") == 0) return 'd';
    if (n > 13 && strcmp(path + n - 13, "corgea.db-wal") == 0) return 'w';
    return 0;
}

static char file_of_fd(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n <= 0) return 0;
    path[n] = 0;
    return file_of(path);
}

static void note(char operation, char file, uint64_t offset, const void *data, uint64_t length) {
    const char *path = getenv("DISK_LOG");
    if (!path) return;
    int saved = errno;
    int log = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    struct record head = {operation, file, offset, length};
    struct iovec parts[2] = {{&head, sizeof head}, {(void *)data, data ? length : 0}};
    syscall(SYS_writev, log, parts, 2);
    syscall(SYS_close, log);
    errno = saved;
}

static int fault(const char *wanted) {
    const char *path = getenv("DISK_FAULT");
    if (!path) return 0;
    int saved = errno;
    char said[16] = {0};
    int fd = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd >= 0) {
        syscall(SYS_read, fd, said, sizeof said - 1);
        syscall(SYS_close, fd);
    }
    errno = saved;
    return strncmp(said, wanted, strlen(wanted)) == 0;
}

static int refused(int fd, off_t end) {
    struct stat now;
    if (fault("full") && fstat(fd, &now) == 0 && end > now.st_size) return ENOSPC;
    if (fault("write")) return EIO;
    if (fault("shut")) return EROFS;
    return 0;
}

static ssize_t put(int fd, const void *data, size_t length, off_t offset) {
    char file = file_of_fd(fd);
    if (file) {
        int error = refused(fd, offset + (off_t)length);
        if (error) { errno = error; return -1; }
    }
    ssize_t done = syscall(SYS_pwrite64, fd, data, length, offset);
    if (file && done > 0) note('w', file, offset, data, done);
    return done;
}

ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) { return put(fd, data, length, offset); }
ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) { return put(fd, data, length, offset); }

static int flush(int fd, int number) {
    char file = file_of_fd(fd);
    if (file && fault("sync")) { errno = EIO; return -1; }
    int result = syscall(number, fd);
    if (file && result == 0) note('s', file, 0, 0, 0);
    return result;
}

int fsync(int fd) { return flush(fd, SYS_fsync); }
int fdatasync(int fd) { return flush(fd, SYS_fdatasync); }

static int cut(int fd, off_t length) {
    char file = file_of_fd(fd);
    int result = syscall(SYS_ftruncate, fd, length);
    if (file && result == 0) note('t', file, length, 0, 0);
    return result;
}

int ftruncate64(int fd, off64_t length) { return cut(fd, length); }
int ftruncate(int fd, off_t length) { return cut(fd, length); }

int unlink(const char *path) {
    int result = syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    char file = file_of(path);
    if (file && result == 0) note('u', file, 0, 0, 0);
    return result;
}
