/* shard.h: a shard of WebDataset: a tar file, plain or compressed, in which the files of a sample
 * follow each other and have the same name up to its first dot. */
#ifndef RN_CORE_DATA_SETS_SHARD_H
#define RN_CORE_DATA_SETS_SHARD_H

#include <resnet/status.h>
#include <stddef.h>
#include <stdint.h>

typedef struct rn_shard rn_shard;

typedef enum rn_member_type {
    RN_MEMBER_END = 0, /* of the shard */
    RN_MEMBER_PICTURE,
    RN_MEMBER_CLASS, /* .cls: a number or a name */
    RN_MEMBER_JSON,
    RN_MEMBER_OTHER
} rn_member_type;

/* A file in a shard; valid until the next one is read. */
typedef struct rn_member {
    rn_member_type type;
    const char *key; /* the name up to the first dot; does not end in 0 */
    size_t key_length;
} rn_member;

/* Memory that grows to the largest file; zero-initialise. */
typedef struct rn_member_data {
    uint8_t *bytes;
    size_t size, capacity;
} rn_member_data;

/* `path` must outlive the shard. RN_E_DATA. */
rn_status rn_shard_open(const char *path, rn_shard **out);

/* Reads the header of the next file of a sample; other files are passed over. RN_E_DATA. */
rn_status rn_shard_next(rn_shard *shard, rn_member *member);

/* Reads the contents of that file. RN_E_DATA: truncated or damaged. */
rn_status rn_shard_read(rn_shard *shard, rn_member_data *data);

/* `shard` may be NULL. */
void rn_shard_close(rn_shard *shard);

#endif
