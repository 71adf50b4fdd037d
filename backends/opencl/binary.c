/* binary.c: a file is a header, the whole key and the binary. Its name is a hash of the key; as two
 * keys may have one hash, a file counts only where the key in it is the one that is asked for. */
#include "opencl/binary.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cache.h"

#define MAGIC "resnet-run opencl program 1\n"
#define MAX_BYTES (UINT64_C(1) << 30)

typedef struct header {
    char magic[32];
    uint64_t key_bytes, binary_bytes;
    uint64_t checksum; /* of both */
} header;

typedef struct file_parts {
    header head;
    const opencl_key *key;
    const unsigned char *binary;
} file_parts;

/* FNV-1a, from where `hash` is. */
static uint64_t hash_more(uint64_t hash, const void *data, size_t bytes)
{
    const unsigned char *p = data;
    for (size_t i = 0; i < bytes; i++)
        hash = (hash ^ p[i]) * UINT64_C(0x100000001b3);
    return hash;
}

/* Parts end with a 0, so that no two keys are the same bytes. */
static uint64_t key_hash(const opencl_key *key, uint64_t *bytes)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    *bytes = 0;
    for (const char *const *part = key->parts; *part; part++) {
        hash = hash_more(hash, *part, strlen(*part) + 1);
        *bytes += strlen(*part) + 1;
    }
    return hash;
}

void opencl_binary_path(const opencl_key *key, char *path, size_t bytes)
{
    char name[48], full[CACHE_PATH_BYTES];
    uint64_t key_bytes;
    snprintf(name, sizeof name, "opencl/%016" PRIx64 ".program", key_hash(key, &key_bytes));
    cache_path(name, full);
    snprintf(path, bytes, "%s", full);
}

static bool key_matches(const opencl_key *key, FILE *file)
{
    for (const char *const *part = key->parts; *part; part++)
        for (const char *c = *part;; c++) {
            if (getc(file) != (unsigned char)*c)
                return false;
            if (!*c)
                break;
        }
    return true;
}

static opencl_find file_read(FILE *file, const opencl_key *key, unsigned char **binary,
                             size_t *bytes)
{
    header head;
    uint64_t key_bytes, checksum = key_hash(key, &key_bytes);
    if (fread(&head, sizeof head, 1, file) != 1 || memcmp(head.magic, MAGIC, sizeof MAGIC) != 0 ||
        head.binary_bytes == 0 || head.binary_bytes > MAX_BYTES)
        return OPENCL_DAMAGED;
    if (head.key_bytes != key_bytes || !key_matches(key, file))
        return OPENCL_ABSENT;
    *bytes = (size_t)head.binary_bytes;
    *binary = malloc(*bytes);
    if (!*binary)
        return OPENCL_ABSENT;
    if (fread(*binary, *bytes, 1, file) == 1 && getc(file) == EOF &&
        hash_more(checksum, *binary, *bytes) == head.checksum)
        return OPENCL_FOUND;
    free(*binary);
    *binary = NULL;
    return OPENCL_DAMAGED;
}

opencl_find opencl_binary_load(const opencl_key *key, unsigned char **binary, size_t *bytes)
{
    char path[CACHE_PATH_BYTES];
    *binary = NULL;
    opencl_binary_path(key, path, sizeof path);
    FILE *file = path[0] ? fopen(path, "rbe") : NULL;
    if (!file)
        return OPENCL_ABSENT;
    opencl_find found = file_read(file, key, binary, bytes);
    fclose(file);
    return found;
}

static bool file_write(FILE *file, const void *what)
{
    const file_parts *parts = what;
    bool good = fwrite(&parts->head, sizeof parts->head, 1, file) == 1;
    for (const char *const *part = parts->key->parts; good && *part; part++)
        good = fwrite(*part, strlen(*part) + 1, 1, file) == 1;
    return good && fwrite(parts->binary, parts->head.binary_bytes, 1, file) == 1;
}

bool opencl_binary_save(const opencl_key *key, const unsigned char *binary, size_t bytes)
{
    char path[CACHE_PATH_BYTES];
    file_parts parts = { .head = { .magic = MAGIC, .binary_bytes = bytes }, .key = key,
                         .binary = binary };
    parts.head.checksum = hash_more(key_hash(key, &parts.head.key_bytes), binary, bytes);
    opencl_binary_path(key, path, sizeof path);
    errno = ENOENT;
    return path[0] && cache_replace(path, file_write, &parts);
}
