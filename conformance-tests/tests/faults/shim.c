/* What does a program see whose disk is full or broken?
 *
 * Preloaded into a server, it lets calls on files below one folder fail as the first byte of a control file
 * says: 's' for syncing, 'w' for writing, anything else for none. The control file is mapped, so that the
 * faults can be switched while the server runs, at the cost of one load a call. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

static volatile const char *control;
static const char *folder;

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("FAULTS_CONTROL");
    folder = getenv("FAULTS_FOLDER");
    int file = path && folder ? open(path, O_RDONLY) : -1;
    if (file < 0)
        return;
    void *map = mmap(NULL, 1, PROT_READ, MAP_SHARED, file, 0);
    if (map != MAP_FAILED)
        control = map;
}

/* Whether this call on this file is to fail. */
static int fails(char fault, int file)
{
    if (!control || *control != fault)
        return 0;
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0)
        return 0;
    path[length] = 0;
    return strncmp(path, folder, strlen(folder)) == 0;
}

#define REAL(name) __typeof__(&name) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)
#define FAIL(fault, error, result) \
    if (fails(fault, file)) { errno = error; return result; }

int fsync(int file) { REAL(fsync); FAIL('s', EIO, -1) return real(file); }
int fdatasync(int file) { REAL(fdatasync); FAIL('s', EIO, -1) return real(file); }

ssize_t write(int file, const void *from, size_t size)
{ REAL(write); FAIL('w', ENOSPC, -1) return real(file, from, size); }
ssize_t writev(int file, const struct iovec *parts, int count)
{ REAL(writev); FAIL('w', ENOSPC, -1) return real(file, parts, count); }
ssize_t pwrite(int file, const void *from, size_t size, off_t at)
{ REAL(pwrite); FAIL('w', ENOSPC, -1) return real(file, from, size, at); }
ssize_t pwrite64(int file, const void *from, size_t size, off64_t at)
{ REAL(pwrite64); FAIL('w', ENOSPC, -1) return real(file, from, size, at); }
int ftruncate(int file, off_t size) { REAL(ftruncate); FAIL('w', ENOSPC, -1) return real(file, size); }
int ftruncate64(int file, off64_t size) { REAL(ftruncate64); FAIL('w', ENOSPC, -1) return real(file, size); }
int fallocate(int file, int mode, off_t at, off_t size)
{ REAL(fallocate); FAIL('w', ENOSPC, -1) return real(file, mode, at, size); }
int fallocate64(int file, int mode, off64_t at, off64_t size)
{ REAL(fallocate64); FAIL('w', ENOSPC, -1) return real(file, mode, at, size); }
int posix_fallocate(int file, off_t at, off_t size)
{ REAL(posix_fallocate); if (fails('w', file)) return ENOSPC; return real(file, at, size); }
int posix_fallocate64(int file, off64_t at, off64_t size)
{ REAL(posix_fallocate64); if (fails('w', file)) return ENOSPC; return real(file, at, size); }
