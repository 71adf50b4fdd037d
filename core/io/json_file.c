/* json_file.c: reads a file and parses it. */
#include "io/json_file.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/status.h"
#include "io/file.h"

rn_status rn_json_file_read(const char *path, const char *advice, json_t **root)
{
    uint8_t *data = NULL;
    uint64_t size = 0;
    json_error_t error;
    rn_status status = rn_file_read(path, &data, &size);
    if (status)
        return status;
    *root = rn_json_read_report((const char *)data, (size_t)size, &error);
    free(data);
    return *root ? RN_OK
                 : rn_fail(RN_E_DATA, "%s:%d: not JSON that can be read: %s; %s", path, error.line,
                           error.text, advice);
}
