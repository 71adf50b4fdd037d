/* binary.c: a file is a header, the whole key and the binary. Its name is a hash of the key. As
 * keys may collide, a file is used only if it holds the requested key. */
#include "gpu/binary.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cache.h"

#define MAX_BYTES (UINT64_C(1) << 30)

/* "resnet-run opencl program 1\n", padded with zeros. */
enum { MAGIC_BYTES = 32 };

typedef struct header {
    char magic[MAGIC_BYTES];
    uint64_t key_bytes, binary_bytes;
    uint64_t checksum; /* of both */
} header;

typedef struct file_parts {
    header head;
    const gpu_binary_key *key;
    const unsigned char *binary;
} file_parts;

/* Continues an FNV-1a hash. */
static uint64_t hash_more(uint64_t hash, const void *data, size_t bytes)
{
    const unsigned char *p = data;
    for (size_t i = 0; i < bytes; i++)
        hash = (hash ^ p[i]) * UINT64_C(0x100000001b3);
    return hash;
}

/* Each part is hashed with its final 0, so that different keys are different bytes. */
static uint64_t key_hash(const gpu_binary_key *key, uint64_t *bytes)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    *bytes = 0;
    for (const char *const *part = key->parts; *part; part++) {
        hash = hash_more(hash, *part, strlen(*part) + 1);
        *bytes += strlen(*part) + 1;
    }
    return hash;
}

/* Writes "" if there is no cache folder. */
static void file_path(const gpu_binary_key *key, char path[CACHE_PATH_BYTES])
{
    char name[48];
    uint64_t key_bytes;
    snprintf(name, sizeof name, "%.16s/%016" PRIx64 ".program", key->backend,
             key_hash(key, &key_bytes));
    cache_path(name, path);
}

static void magic_write(const gpu_binary_key *key, char magic[MAGIC_BYTES])
{
    memset(magic, 0, MAGIC_BYTES);
    snprintf(magic, MAGIC_BYTES, "resnet-run %.8s program 1\n", key->backend);
}

static bool key_matches(const gpu_binary_key *key, FILE *file)
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

static gpu_binary_find file_read(FILE *file, const gpu_binary_key *key, unsigned char **binary,
                                 size_t *bytes)
{
    header head;
    char magic[MAGIC_BYTES];
    uint64_t key_bytes, checksum = key_hash(key, &key_bytes);
    magic_write(key, magic);
    if (fread(&head, sizeof head, 1, file) != 1 || memcmp(head.magic, magic, sizeof magic) != 0 ||
        head.binary_bytes == 0 || head.binary_bytes > MAX_BYTES)
        return BINARY_DAMAGED;
    if (head.key_bytes != key_bytes || !key_matches(key, file))
        return BINARY_ABSENT;
    *bytes = (size_t)head.binary_bytes;
    *binary = malloc(*bytes);
    if (!*binary)
        return BINARY_ABSENT;
    if (fread(*binary, *bytes, 1, file) == 1 && getc(file) == EOF &&
        hash_more(checksum, *binary, *bytes) == head.checksum)
        return BINARY_FOUND;
    free(*binary);
    *binary = NULL;
    return BINARY_DAMAGED;
}

gpu_binary_find gpu_binary_load(const rn_host *host, const gpu_binary_key *key,
                                unsigned char **binary, size_t *bytes)
{
    char path[CACHE_PATH_BYTES];
    *binary = NULL;
    file_path(key, path);
    FILE *file = path[0] ? cache_open(host, path) : NULL;
    if (!file)
        return BINARY_ABSENT;
    gpu_binary_find found = file_read(file, key, binary, bytes);
    fclose(file);
    return found;
}

void gpu_binary_note_useless(const rn_host *host, const gpu_binary_key *key, gpu_binary_find found)
{
    char path[CACHE_PATH_BYTES];
    file_path(key, path);
    host->note(RN_LOG_WARNING, "%s %s; the program is compiled again", path,
               found == BINARY_DAMAGED ? "is damaged" : "is not taken by the driver");
}

static bool file_write(FILE *file, const void *what)
{
    const file_parts *parts = what;
    bool good = fwrite(&parts->head, sizeof parts->head, 1, file) == 1;
    for (const char *const *part = parts->key->parts; good && *part; part++)
        good = fwrite(*part, strlen(*part) + 1, 1, file) == 1;
    return good && fwrite(parts->binary, parts->head.binary_bytes, 1, file) == 1;
}

bool gpu_binary_save(const rn_host *host, const gpu_binary_key *key, const unsigned char *binary,
                     size_t bytes)
{
    char path[CACHE_PATH_BYTES];
    file_parts parts = { .head = { .binary_bytes = bytes }, .key = key, .binary = binary };
    magic_write(key, parts.head.magic);
    parts.head.checksum = hash_more(key_hash(key, &parts.head.key_bytes), binary, bytes);
    file_path(key, path);
    if (path[0] && cache_replace(host, path, file_write, &parts))
        return true;
    host->note(RN_LOG_INFO,
               "compiled programs are not kept%s%s: %s; the next start compiles them "
               "again",
               path[0] ? " in " : "", path,
               path[0] ? strerror(errno) : "there is no folder for a cache");
    return false;
}

void gpu_binary_log_flatten(char *log)
{
    for (char *c = log; *c; c++)
        if ((unsigned char)*c < ' ')
            *c = *c == '\n' ? '|' : ' ';
}
