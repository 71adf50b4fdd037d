/* weights_files.c: files of weights that a test makes. */
#include "weights/weights_files.h"

#include <stdio.h>

#include "support/check.h"
#include "weights/open.h"

void weights_write(const char *name, const void *bytes, size_t size)
{
    char path[CHECK_PATH_MAX];
    FILE *out = fopen(check_scratch(path, name), "wb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    CU_ASSERT_EQUAL_FATAL(fwrite(bytes, 1, size, out), size);
    CU_ASSERT_EQUAL_FATAL(fclose(out), 0);
}

rn_status weights_open_scratch(const char *name)
{
    char path[CHECK_PATH_MAX];
    rn_weights *weights = NULL;
    rn_status status = rn_weights_open(check_scratch(path, name), NULL, &weights);
    if (!status)
        rn_weights_close(weights);
    return status;
}
