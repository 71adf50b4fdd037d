/* nccl_shared.c: the memory that the processes of a clique share. */
#ifdef HAVE_NCCL /* otherwise the library is empty */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "nccl_sim.h"

#define MAGIC "cudasim-nccl"
#define HEADER_BYTES ((size_t)64 << 10)
#define ALL_BYTES (HEADER_BYTES + NCCL_SIM_RANKS * NCCL_SIM_BYTES) /* only what is touched exists */

_Static_assert(sizeof(nccl_shared) <= HEADER_BYTES, "the ranks' parts begin behind the header");

static void mutex_make(pthread_mutex_t *mutex)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
}

static nccl_shared *map(int file)
{
    void *memory =
        mmap(NULL, ALL_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, file, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

bool nccl_shared_make(ncclUniqueId *id)
{
    struct timespec now;
    int file = memfd_create(MAGIC, MFD_CLOEXEC); /* stays open: the id names it */
    if (file < 0 || ftruncate(file, (off_t)ALL_BYTES))
        return false;
    nccl_shared *shared = map(file);
    if (!shared)
        return false;
    clock_gettime(CLOCK_REALTIME, &now);
    memset(id, 0, sizeof *id);
    snprintf(id->internal, sizeof id->internal, MAGIC " %d %d %ld.%09ld", (int)getpid(), file,
             (long)now.tv_sec, now.tv_nsec);
    shared->id = *id;
    mutex_make(&shared->mutex);
    munmap(shared, ALL_BYTES);
    return true;
}

bool nccl_shared_is_id(const ncclUniqueId *id)
{
    return !strncmp(id->internal, MAGIC " ", strlen(MAGIC " "));
}

nccl_shared *nccl_shared_open(const ncclUniqueId *id)
{
    char path[64];
    int process, number;
    if (sscanf(id->internal, MAGIC " %d %d ", &process, &number) != 2)
        return NULL;
    snprintf(path, sizeof path, "/proc/%d/fd/%d", process, number);
    int file = open(path, O_RDWR | O_CLOEXEC);
    off_t size = file < 0 ? 0 : lseek(file, 0, SEEK_END);
    nccl_shared *shared = size == (off_t)ALL_BYTES ? map(file) : NULL;
    if (file >= 0)
        close(file);
    if (shared && memcmp(&shared->id, id, sizeof *id)) {
        munmap(shared, ALL_BYTES);
        return NULL;
    }
    return shared;
}

/* What a process that was killed has left is whole: nothing here is changed in several steps. */
void nccl_shared_lock(nccl_shared *shared)
{
    if (pthread_mutex_lock(&shared->mutex) == EOWNERDEAD)
        pthread_mutex_consistent(&shared->mutex);
}

void nccl_shared_unlock(nccl_shared *shared)
{
    pthread_mutex_unlock(&shared->mutex);
}

void *nccl_shared_data(nccl_shared *shared, int rank)
{
    return (char *)shared + HEADER_BYTES + (size_t)rank * NCCL_SIM_BYTES;
}

int nccl_shared_count(nccl_shared *shared)
{
    int n = 0;
    nccl_shared_lock(shared);
    for (int i = 0; i < shared->n; i++)
        n += shared->seats[i].has_joined;
    nccl_shared_unlock(shared);
    return n;
}

#endif
