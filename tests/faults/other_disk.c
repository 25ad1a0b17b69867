/* Preloaded, to play another disk: while the file named by FAILING_SYNC exists, fsync and fdatasync fail as on
 * a dying one; SLOW_SYNC_US adds that many microseconds to each, as on a slow one. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static int other_disk(const char *name, int file) {
    const char *flag = getenv("FAILING_SYNC"), *slow = getenv("SLOW_SYNC_US");
    int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    if (flag && access(flag, F_OK) == 0) {
        errno = EIO;
        return -1;
    }
    if (slow)
        usleep((useconds_t)atoi(slow));
    return next(file);
}

int fsync(int file) { return other_disk("fsync", file); }

int fdatasync(int file) { return other_disk("fdatasync", file); }
