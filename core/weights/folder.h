/* folder.h: which files hold the weights of a folder: a run's, or one of Hugging Face; and of an
 * index of several files. */
#ifndef RN_CORE_WEIGHTS_FOLDER_H
#define RN_CORE_WEIGHTS_FOLDER_H

#include "weights/weights.h"

/* Sets `*files` to the paths of the files to read, a list in the pool that ends with NULL: those
 * that an index (*.index.json) names, those of a folder, or `path` itself. From a folder, reads
 * config.json and preprocessor_config.json too. RN_E_DATA says what was looked for. */
rn_status rn_weights_locate(rn_weights *weights, const char *path, const char *const **files);

/* Whether the path is a folder or an index. */
bool rn_weights_is_several(const char *path);

#endif
