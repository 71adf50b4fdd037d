/* dataset.c: finds a data set by its name. */
#include "data/dataset.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "data/fashion_mnist.h"

static const rn_idx_source *const sources[] = { &rn_fashion_mnist, &rn_mnist };

rn_status rn_dataset_open(const char *name, const char *path, rn_split split, int64_t limit,
                          rn_dataset **out)
{
    *out = NULL;
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
        if (strcmp(name, sources[i]->name) == 0)
            return rn_idx_source_open(sources[i], path, split, limit, out);
    return rn_fail(RN_E_DATA, "data set \"%s\" is not known; expected fashion_mnist or mnist",
                   name);
}

void rn_dataset_destroy(rn_dataset *dataset)
{
    if (!dataset)
        return;
    free(dataset->images);
    free(dataset->labels);
    free(dataset->folder);
    free(dataset);
}
