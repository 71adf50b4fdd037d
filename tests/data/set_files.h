/* set_files.h: data sets that tests write and open. */
#ifndef RN_TESTS_SET_FILES_H
#define RN_TESTS_SET_FILES_H

#include <archive.h>

#include "data/dataset.h"
#include "support/check.h"

/* Writes a file below the folder of scratch, and the folders above it. */
void set_files_write(const char *name, const void *data, size_t size);
void set_files_text(const char *name, const char *text);

/* Parameters for a data set below the folder of scratch. */
rn_dataset_params set_files_params(const char *kind, const char *path);

/* Opens a data set that must be right. */
rn_dataset *set_files_open(const rn_dataset_params *params);

/* Whether opening fails with RN_E_DATA and a message that contains `words`. */
bool set_files_refused(const rn_dataset_params *params, const char *words);

/* Unpacks the pictures of shared/cifar10/test-jpeg.tar into the folder "cifar" of scratch, once;
 * writes the path of that folder. Reports the test as skipped, and returns false, without them. */
bool set_files_cifar(char path[CHECK_PATH_MAX]);

/* Begins a tar file below the folder of scratch, which archive_write_free ends; adds a file. */
struct archive *set_files_shard(const char *name);
void set_files_add(struct archive *shard, const char *name, const void *data, size_t size);

#endif
