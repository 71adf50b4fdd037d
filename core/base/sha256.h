/* sha256.h: SHA-256 (FIPS 180-4), to tell files and lists apart. */
#ifndef RN_CORE_BASE_SHA256_H
#define RN_CORE_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define RN_SHA256_TEXT 65 /* 64 digits and a 0 */

typedef struct rn_sha256 {
    uint32_t state[8];
    uint64_t size; /* bytes so far */
    uint8_t block[64];
} rn_sha256;

void rn_sha256_start(rn_sha256 *hash);
void rn_sha256_add(rn_sha256 *hash, const void *data, size_t size);

/* Ends the hash and prints it, as sha256sum does. */
void rn_sha256_finish(rn_sha256 *hash, char text[RN_SHA256_TEXT]);

#endif
