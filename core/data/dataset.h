/* dataset.h: one split of a data set: samples, each a picture and its label, read one at a time. */
#ifndef RN_CORE_DATA_DATASET_H
#define RN_CORE_DATA_DATASET_H

#include <resnet/status.h>
#include <stdbool.h>
#include <stdint.h>

#include "data/picture.h"

typedef enum rn_split { RN_SPLIT_TRAIN = 1, RN_SPLIT_VALIDATION } rn_split;

typedef struct rn_dataset rn_dataset;

/* Zero-initialise, then set the fields that are given in a cfg. */
typedef struct rn_dataset_params {
    const char *name;               /* of the kind: data.dataset */
    const char *path;               /* data.path; "": not given */
    const char *train, *validation; /* below `path`; "": not given */
    double validation_share;        /* 0: not given */
    uint64_t seed;                  /* run.seed: of the validation share */
    rn_split split;
    int64_t limit;          /* > 0: only the first samples */
    int64_t shuffle_buffer; /* samples that a stream holds to shuffle them */

    /* Pictures in place of a data set of a cfg: files, folders, lists "@FILE" of such, and "-" for
     * a list on standard input. `name` is then ignored. NULL: not given. */
    const char *const *pictures;
    int64_t n_pictures; /* may be 0 */
} rn_dataset_params;

/* The label of a sample that has none. */
#define RN_NO_LABEL (-1)

/* A sample as it is stored: a file that is to be decoded, or pixels. Zero-initialise. */
typedef struct rn_sample {
    int32_t label;
    const uint8_t *file; /* an encoded picture of file_size bytes, or NULL */
    size_t file_size;
    rn_picture picture; /* where file is NULL; may borrow the memory of the data set */
    uint8_t *owned;     /* memory of `file`, kept for the next sample */
    size_t owned_capacity;
} rn_sample;

/* A reader of a stream, which gives the samples of one order, one after the other. */
typedef struct rn_stream rn_stream;

/* A kind of data set: one file in sets/. Functions that may be NULL say so. */
typedef struct rn_dataset_kind {
    const char *name; /* in a cfg */
    const char *help; /* one line: what is stored how */

    /* Fills in the data set: count, classes, state. RN_E_DATA says what was looked for where,
     * and what to do. */
    rn_status (*open)(const rn_dataset_params *params, rn_dataset *dataset);
    void (*close)(rn_dataset *dataset);

    /* Reads sample `index`. [any]: several threads at once, each with its own `sample`. NULL for
     * streams. RN_E_DATA names the file. */
    rn_status (*read)(const rn_dataset *dataset, int64_t index, rn_sample *sample);

    /* Tells the system that sample `index` will be read soon. [any] NULL: nothing to gain. */
    void (*read_ahead)(const rn_dataset *dataset, int64_t index);

    /* Writes the name of sample `index` (its path, or its key in a shard) for messages. [any] */
    void (*describe)(const rn_dataset *dataset, int64_t index, char *text, size_t size);

    /* The label of sample `index`. [any] */
    int32_t (*label)(const rn_dataset *dataset, int64_t index);

    /* Writes the path of the file that has the picture of sample `index`. [any] NULL: `describe`
     * does. */
    void (*locate)(const rn_dataset *dataset, int64_t index, char *path, size_t size);

    /* Streams only; else NULL. `order` fills in the order of an epoch (count indices), in which
     * every `part` samples are near each other in what is stored, so that one reader reads little
     * else; `start` opens a reader that gives order[first] to order[n - 1], of which none is there
     * twice and which outlives it; one thread at a time. */
    void (*order)(const rn_dataset *dataset, uint64_t seed, int64_t epoch, int64_t part,
                  int64_t *order);
    rn_status (*start)(const rn_dataset *dataset, const int64_t *order, int64_t n, int64_t first,
                       rn_stream **out);
    rn_status (*next)(rn_stream *stream, rn_sample *sample);
    void (*stop)(rn_stream *stream);
} rn_dataset_kind;

/* Read-only once opened: [any]. */
struct rn_dataset {
    const rn_dataset_kind *kind;
    int64_t count;
    int64_t channels;      /* of stored pixels; 0: files, decoded as is wanted */
    bool has_floats;       /* the stored pixels are floats, not bytes */
    int64_t height, width; /* the same for every picture; 0: pictures differ */
    int64_t n_classes;     /* at most RN_MAX_CLASSES */
    char **class_names;    /* n_classes; owned */
    char *folder;          /* or file: where it was found, for messages; owned */
    void *state;           /* of the kind */
    int32_t *relabel;      /* from stored labels to those of class_names; NULL: the same */
    int64_t *subset;       /* data.validation_share: the kind's indices; NULL: all of them */
};

#define RN_MAX_CLASSES 1000000

/* All kinds, in the order of the manual; ends with NULL. */
extern const rn_dataset_kind *const rn_dataset_kinds[];

/* Opens a split. RN_E_DATA names what was tried and how to get the data; RN_E_CONFIG: there is no
 * such kind. */
rn_status rn_dataset_open(const rn_dataset_params *params, rn_dataset **out);
void rn_dataset_destroy(rn_dataset *dataset);

/* The kind's functions, through the subset. [any] */
rn_status rn_dataset_read(const rn_dataset *dataset, int64_t index, rn_sample *sample);
void rn_dataset_read_ahead(const rn_dataset *dataset, int64_t index);
void rn_dataset_describe(const rn_dataset *dataset, int64_t index, char *text, size_t size);
int32_t rn_dataset_label(const rn_dataset *dataset, int64_t index);

/* What a label of the data set is for the network. */
int32_t rn_dataset_relabel(const rn_dataset *dataset, int32_t label);
void rn_dataset_locate(const rn_dataset *dataset, int64_t index, char *path, size_t size);

/* The name of class k, or its number, printed into `number`, where the data set has no name for
 * it. */
#define RN_CLASS_NUMBER 24
const char *rn_dataset_class(const rn_dataset *dataset, int64_t k, char number[RN_CLASS_NUMBER]);

/* Frees what the sample owns. */
void rn_sample_clear(rn_sample *sample);

#endif
