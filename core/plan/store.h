/* store.h: the tensors that outlive a step: parameters, running statistics, velocities; one buffer
 * on the device, shared by all plans, found by name. */
#ifndef RN_CORE_PLAN_STORE_H
#define RN_CORE_PLAN_STORE_H

#include "config/words.h"
#include "device/device.h"
#include "io/safetensors.h"

typedef struct rn_store_entry {
    const char *name; /* owned by the store */
    rn_tensor_desc desc;
    rn_role role;
    rn_init init;
    int64_t fan_in, fan_out;
    uint64_t offset_bytes;
} rn_store_entry;

typedef struct rn_store {
    rn_device *device;
    struct rn_store *replica; /* the same tensors on the next rank; NULL: there is none */
    rn_buffer *buffer;
    rn_store_entry *entries;
    int32_t n_entries;
    const rn_store_entry **by_name; /* n_entries, in the order of their names */
    uint64_t size_bytes;
    uint64_t version; /* from 1; counts the times that contents may have changed */
} rn_store;

/* Room for every kept tensor of the graph; contents undefined. */
rn_status rn_store_create(rn_device *device, const rn_dag *dag, rn_store **out);
void rn_store_destroy(rn_store *store);

const rn_store_entry *rn_store_find(const rn_store *store, const char *name);

/* Fills everything in, from the seed: weights by `method` (rn_weight_init), a function of
 * seed and name alone.
 * xavier_uniform: Glorot & Bengio 2010, eq. (16). he_normal: He et al. 2015, arXiv:1502.01852, eq.
 * (14) (fan out). pytorch: uniform within 1/sqrt(fan in), torch.nn's default. Biases are uniform
 * within 1/sqrt(fan in) as torch.nn leaves them, with he_normal 0. */
rn_status rn_store_initialise(rn_store *store, int32_t method, uint64_t seed);

/* Copies of one entry to and from host memory of desc.size_bytes; uploads go to the replicas,
 * too. */
rn_status rn_store_download(rn_store *store, const rn_store_entry *entry, void *to);
rn_status rn_store_upload(rn_store *store, const rn_store_entry *entry, const void *from);

/* All entries with one of the roles (a bit mask of 1 << rn_role) as named tensors on the host. The
 * list is freed with rn_store_tensors_free. */
rn_status rn_store_tensors(rn_store *store, uint32_t roles, rn_named_tensor **tensors,
                           int64_t *count);
void rn_store_tensors_free(rn_named_tensor *tensors, int64_t count);

/* What a file may hold besides the tensors of the roles, and what it may lack. */
typedef enum rn_store_match {
    RN_STORE_EXACT = 1, /* nothing more and nothing less */
    RN_STORE_WEIGHTS,   /* more: PyTorch's num_batches_tracked, the optimizer's tensors */
    RN_STORE_RESTART    /* the same; the optimizer's tensors may be missing and are then 0 */
} rn_store_match;

typedef struct rn_store_source {
    const rn_safetensors *file;
    const char *path; /* for messages */
    uint32_t roles;   /* a bit mask of 1 << rn_role */
    rn_store_match match;
} rn_store_source;

/* Fills in every entry of the roles from a file. RN_E_DATA names the tensors that are missing, of
 * another shape, surplus, or not finite; nothing is changed then. */
rn_status rn_store_load(rn_store *store, const rn_store_source *source);

#endif
