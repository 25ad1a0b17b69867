/* Preloaded, to note what a program does to the files of one folder: POWER_LOG names the note, POWER_FOLDER the
 * folder. One record per call: kind, length of name, offset, length, name, bytes. The kinds: w write, t shorten,
 * s sync, d remove; the folder's own name is "". A record is written before the call, of a sync after it: a sync
 * counts only once it has come back. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int note = -1;
static const char *folder;

__attribute__((constructor)) static void begin(void) {
    const char *log = getenv("POWER_LOG");
    folder = getenv("POWER_FOLDER");
    if (log && folder)
        note = open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

/* The name within the folder, "" for the folder itself, NULL for what does not count. */
static const char *within(const char *path) {
    size_t length = note < 0 ? 0 : strlen(folder);
    if (!length || strncmp(path, folder, length))
        return NULL;
    if (!path[length])
        return "";
    return path[length] == '/' && !strstr(path, "-shm") && !strstr(path, " (deleted)") ? path + length + 1 : NULL;
}

static void record(char kind, const char *name, int64_t offset, const void *data, int64_t held) {
    unsigned char head[19];
    uint16_t named = (uint16_t)strlen(name);
    head[0] = (unsigned char)kind;
    memcpy(head + 1, &named, 2);
    memcpy(head + 3, &offset, 8);
    memcpy(head + 11, &held, 8);
    struct iovec parts[3] = {{head, sizeof head}, {(void *)name, named}, {(void *)data, (size_t)held}};
    if (writev(note, parts, 3) < 0)
        abort();
}

static void noted(char kind, int file, int64_t offset, const void *data, int64_t held) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0)
        return;
    path[length] = 0;
    const char *name = within(path);
    if (name)
        record(kind, name, offset, data, held);
}

ssize_t pwrite(int file, const void *data, size_t length, off_t offset) {
    noted('w', file, offset, data, (int64_t)length);
    return NEXT(pwrite)(file, data, length, offset);
}

ssize_t pwrite64(int file, const void *data, size_t length, off64_t offset) {
    noted('w', file, offset, data, (int64_t)length);
    return NEXT(pwrite64)(file, data, length, offset);
}

int ftruncate(int file, off_t length) {
    noted('t', file, length, NULL, 0);
    return NEXT(ftruncate)(file, length);
}

int ftruncate64(int file, off64_t length) {
    noted('t', file, length, NULL, 0);
    return NEXT(ftruncate64)(file, length);
}

int fsync(int file) {
    int result = NEXT(fsync)(file);
    if (!result)
        noted('s', file, 0, NULL, 0);
    return result;
}

int fdatasync(int file) {
    int result = NEXT(fdatasync)(file);
    if (!result)
        noted('s', file, 0, NULL, 0);
    return result;
}

int unlink(const char *path) {
    const char *name = within(path);
    if (name)
        record('d', name, 0, NULL, 0);
    return NEXT(unlink)(path);
}
