/* store.h: the kept tensors, which outlive a step: parameters, running statistics, velocities. They
 * are found by name, lie in one buffer on each device, and are shared by all plans. */
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
    double init_value;
    uint64_t offset_bytes;
} rn_store_entry;

/* The kept tensors on one device. */
typedef struct rn_store_copy {
    rn_device *device;
    rn_buffer *buffer; /* NULL where nothing is kept */
    uint64_t version;  /* from 1; counts the times that contents may have changed */
    uint64_t uploads;  /* from 1; the same without training, which leaves frozen tensors alone */
    uint64_t spent_version; /* of which some tensors have been given back (spend.h); 0: of none */
} rn_store_copy;

typedef struct rn_store {
    rn_store_entry *entries;
    int32_t n_entries;
    const rn_store_entry **by_name; /* n_entries, in the order of their names */
    uint64_t size_bytes;            /* of one copy */
    rn_store_copy *copies;          /* by rank */
    int32_t n_copies;
} rn_store;

/* Allocates every kept tensor of the graph on each of the n devices, which outlive the store; the
 * contents are undefined. Without devices the store has the names and shapes alone, which
 * rn_store_load compares with a file. A failure names the device. */
rn_status rn_store_create(rn_device *const *devices, int32_t n, const rn_dag *dag, rn_store **out);
void rn_store_destroy(rn_store *store);

const rn_store_entry *rn_store_find(const rn_store *store, const char *name);

/* The average of the tensor of this name. */
const rn_store_entry *rn_store_find_average(const rn_store *store, const char *name);

/* Bytes of the largest entry; 0: there is none. */
uint64_t rn_store_largest_bytes(const rn_store *store);

/* What gives initial values to tensors: weights by `method` (rn_weight_init), a function of seed
 * and name alone.
 * xavier_uniform: Glorot & Bengio 2010, eq. (16). he_normal: He et al. 2015, arXiv:1502.01852, eq.
 * (14) (fan out). pytorch: uniform within 1/sqrt(fan in), torch.nn's default. Biases are uniform
 * within 1/sqrt(fan in) as torch.nn leaves them, with he_normal 0. */
typedef struct rn_store_start {
    int32_t method;
    uint64_t seed;
} rn_store_start;

/* Set every tensor to its initial values, or one. `scratch`: room for desc.size_bytes. */
rn_status rn_store_initialise(rn_store *store, int32_t method, uint64_t seed);
rn_status rn_store_initialise_entry(rn_store *store, const rn_store_entry *entry,
                                    const rn_store_start *start, float *scratch);

/* The stream of random numbers (random.h) of a tensor of this name. */
uint32_t rn_store_stream(const char *name);

/* Copy one entry between host memory of desc.size_bytes and the device: a download reads the copy
 * on rank 0, an upload writes all copies. */
rn_status rn_store_download(rn_store *store, const rn_store_entry *entry, void *to);
rn_status rn_store_upload(rn_store *store, const rn_store_entry *entry, const void *from);

/* A download of a rank's copy. */
rn_status rn_store_download_of(rn_store *store, int32_t rank, const rn_store_entry *entry,
                               void *to);

/* The same of `size_bytes` from byte `first` on, a multiple of 64. */
rn_status rn_store_upload_part(rn_store *store, const rn_store_entry *entry, uint64_t first,
                               const void *from, uint64_t size_bytes);

/* Downloads all entries with one of the roles (a bit mask of 1 << rn_role) as named tensors, which
 * outlive the store. Free the list with rn_store_tensors_free. */
rn_status rn_store_tensors(rn_store *store, uint32_t roles, rn_named_tensor **tensors,
                           int64_t *count);
/* The same entries with the values of their averages, where they have one. */
rn_status rn_store_averages(rn_store *store, uint32_t roles, rn_named_tensor **tensors,
                            int64_t *count);
void rn_store_tensors_free(rn_named_tensor *tensors, int64_t count);

/* The memory of an entry, for the caller to write, where there is one copy and it is in host
 * memory; else NULL. */
float *rn_store_open_memory(rn_store *store, const rn_store_entry *entry);

/* How closely a file's tensors must match those of the roles. */
typedef enum rn_store_match {
    RN_STORE_EXACT = 1, /* exactly these */
    RN_STORE_WEIGHTS,   /* may add PyTorch's num_batches_tracked and the optimizer's tensors */
    RN_STORE_RESTART,   /* as RN_STORE_WEIGHTS; missing tensors of the optimizer and
                            averages start anew */
    RN_STORE_PARTIAL    /* as RN_STORE_WEIGHTS; what does not fit is left out, with a warning */
} rn_store_match;

/* Zero-initialise, then set the fields. */
typedef struct rn_store_source {
    const rn_stored_table *table;
    const char *path; /* for messages */
    uint32_t roles;   /* a bit mask of 1 << rn_role */
    rn_store_match match;
    const char *head; /* a layer whose tensors are left alone where they do not fit; NULL: none */
    void (*copied)(const void *context, const rn_stored *tensor); /* called after each; or NULL */
    const void *context;
    const rn_store_start
        *start; /* of entries that the file does not set; NULL: they are left alone */
} rn_store_source;

/* Sets every entry of the roles from a file. RN_E_DATA lists the tensors that are missing, of
 * another shape, or left over, and the store is unchanged; or names one with values that are not
 * finite, and what the store holds is undefined. */
rn_status rn_store_load(rn_store *store, const rn_store_source *source);

#endif
