/* class_names.h: a file that names classes: share/labels, or the user's own. */
#ifndef RN_CORE_DATA_CLASS_NAMES_H
#define RN_CORE_DATA_CLASS_NAMES_H

#include <jansson.h>
#include <resnet/status.h>

#include "io/file.h"

/* What a file says. Zero-initialise. */
typedef struct rn_class_names {
    char path[RN_PATH_SIZE];
    json_t *names; /* array of texts, in the order of the network's outputs */
    json_t *keys;  /* what the folders of the data set are called; the name where no key is given */
} rn_class_names;

/* Reads `given`: a path, with a slash in it or the ending .txt, or the name of a file without .txt
 * in the folder labels beside the models: $RESNET_MODELS_PATH (ignored in a privileged process), or
 * else the installed folder. A line is a name, or a key, a tab and a name. RN_E_DATA names the file
 * and the line, RN_E_IO the file that cannot be read. */
rn_status rn_class_names_read(const char *given, rn_class_names *out);
void rn_class_names_clear(rn_class_names *names);

#endif
