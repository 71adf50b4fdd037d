/* weights_files.h: files of weights that a test makes. */
#ifndef RN_TESTS_WEIGHTS_WEIGHTS_FILES_H
#define RN_TESTS_WEIGHTS_WEIGHTS_FILES_H

#include <resnet/status.h>
#include <stddef.h>

/* Writes a file in the scratch folder. */
void weights_write(const char *name, const void *bytes, size_t size);

/* Opens such a file as weights, and closes it. */
rn_status weights_open_scratch(const char *name);

#endif
