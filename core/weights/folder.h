/* folder.h: which files hold the weights of a folder: a run's, or one of Hugging Face; and of an
 * index of several files. */
#ifndef RN_CORE_WEIGHTS_FOLDER_H
#define RN_CORE_WEIGHTS_FOLDER_H

#include "weights/weights.h"

/* Where the tensors are. Both lists are in the weights' pool and end with NULL. */
typedef struct rn_weights_place {
    const char *const *files;   /* paths, to be read in this order */
    const char *const *tensors; /* that an index promises; NULL: there is no index */
} rn_weights_place;

/* Finds the files to read: those that an index (*.index.json) names, those of a folder, or `path`
 * itself. From a folder, reads config.json and preprocessor_config.json too. RN_E_DATA says what
 * was looked for, or what is wrong in the index. */
rn_status rn_weights_locate(rn_weights *weights, const char *path, rn_weights_place *place);

/* RN_E_DATA names a tensor that the index promises and no file has. The tensors are sorted. */
rn_status rn_weights_check_place(const rn_weights *weights, const rn_weights_place *place);

/* Whether the path is a folder or an index. */
bool rn_weights_is_several(const char *path);

#endif
