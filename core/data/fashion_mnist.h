/* fashion_mnist.h: data sets stored as four IDX files: Fashion-MNIST and MNIST. */
#ifndef RN_CORE_DATA_FASHION_MNIST_H
#define RN_CORE_DATA_FASHION_MNIST_H

#include "data/dataset.h"

/* A data set: its name, where it is searched for, its classes. */
typedef struct rn_idx_source {
    const char *name;               /* in a cfg */
    const char *folder;             /* the name of its folder under a data directory */
    const char *packaged;           /* the folder of its Debian package, or NULL */
    const char *remedy;             /* for messages: how to get it */
    const char *const *class_names; /* 10, NULL-terminated */
} rn_idx_source;

extern const rn_idx_source rn_fashion_mnist;
extern const rn_idx_source rn_mnist;

/* Opens a split; the arguments are rn_dataset_open's. */
rn_status rn_idx_source_open(const rn_idx_source *source, const char *path, rn_split split,
                             int64_t limit, rn_dataset **out);

#endif
