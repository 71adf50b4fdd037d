/* weights.h: files of weights, whoever wrote them: the tensors as they are stored, and what the
 * file says about its network. */
#ifndef RN_CORE_WEIGHTS_WEIGHTS_H
#define RN_CORE_WEIGHTS_WEIGHTS_H

#include "base/pool.h"
#include "io/map.h"
#include "io/stored.h"

typedef struct rn_weights_file rn_weights_file;

/* Valid until rn_weights_close, with everything in it. A text is NULL where the file has none. */
typedef struct rn_weights {
    char *path;                /* as given: a file or a folder */
    const char *format;        /* "safetensors", "PyTorch", "ONNX" */
    rn_stored_table table;     /* sorted once the file has been opened */
    int64_t capacity;          /* of table.tensors */
    const char *key;           /* the entry of a checkpoint that the tensors were taken from */
    const char *record;        /* the configuration that a run of this program stored */
    const char *class_names;   /* a JSON array */
    const char *network;       /* a cfg of the network, from a file that describes one */
    const char *assumed;       /* one line of what that cfg assumes, as nothing in the file tells */
    const char *settings;      /* a JSON object: config.json beside the weights */
    const char *preprocessing; /* a JSON object: preprocessor_config.json beside the weights */
    rn_pool *pool;             /* names, texts, and whatever the format has to build */
    rn_weights_file *files;    /* that are open */
} rn_weights;

/* No tensors yet; `path` is for messages. RN_E_NOMEM. */
rn_status rn_weights_create(const char *path, rn_weights **out);
void rn_weights_close(rn_weights *weights);

/* Maps a file until the weights are closed. */
rn_status rn_weights_map_file(rn_weights *weights, const char *path, rn_map *map);

/* Takes a tensor that has been copied out of memory, if a file is mapped there. */
void rn_weights_forget(const rn_weights *weights, const rn_stored *tensor);

/* Calls release(object) when the weights are closed. On failure, at once. */
rn_status rn_weights_hold(rn_weights *weights, void *object, void (*release)(void *object));

/* Adds a tensor, whose name and data live as long as the weights. */
rn_status rn_weights_add(rn_weights *weights, const rn_stored *tensor);

/* RN_E_NOMEM: the pool is at its limit, or there is no memory. */
rn_status rn_weights_no_memory(const rn_weights *weights);

#endif
