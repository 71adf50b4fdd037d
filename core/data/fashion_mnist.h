/* fashion_mnist.h: the data sets that lie in four IDX files: Fashion-MNIST and MNIST. */
#ifndef RN_CORE_DATA_FASHION_MNIST_H
#define RN_CORE_DATA_FASHION_MNIST_H

#include "data/dataset.h"

/* Where a data set is looked for and what it is. */
typedef struct rn_idx_source {
    const char *name;               /* as a cfg writes it */
    const char *folder;             /* its folder's name */
    const char *packaged;           /* where a Debian package puts it, or NULL */
    const char *remedy;             /* how to get it */
    const char *const *class_names; /* 10, NULL-terminated */
} rn_idx_source;

extern const rn_idx_source rn_fashion_mnist;
extern const rn_idx_source rn_mnist;

/* Opens a split; the arguments are rn_dataset_open's. */
rn_status rn_idx_source_open(const rn_idx_source *source, const char *path, rn_split split,
                             int64_t limit, rn_dataset **out);

#endif
