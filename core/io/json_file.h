/* json_file.h: a whole file as JSON. */
#ifndef RN_CORE_IO_JSON_FILE_H
#define RN_CORE_IO_JSON_FILE_H

#include <jansson.h>
#include <resnet/status.h>

/* RN_E_DATA names the line, and gives `advice`: what was expected, or what to do. The caller owns
 * *root. */
rn_status rn_json_file_read(const char *path, const char *advice, json_t **root);

#endif
