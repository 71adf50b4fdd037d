/* inspect.h: what a plugin is found to offer when it is loaded in a child process. */
#ifndef RN_CORE_PROBE_INSPECT_H
#define RN_CORE_PROBE_INSPECT_H

#include <jansson.h>
#include <resnet/status.h>

typedef enum rn_inspect_part {
    RN_INSPECT_PLUGIN,    /* rn_describe_plugin; of "PLUGIN/BLOCK" rn_describe_block */
    RN_INSPECT_DEVICES,   /* rn_describe_devices */
    RN_INSPECT_LIBRARIES, /* rn_describe_libraries */
} rn_inspect_part;

typedef struct rn_inspect_task {
    const char *plugin_path; /* of --plugin-path; NULL: none */
    const char *name;        /* of a plugin, "PLUGIN/BLOCK", a layer, or a path */
    rn_inspect_part part;
    double seconds; /* after which it is given up */
} rn_inspect_task;

typedef struct rn_inspection {
    rn_status status; /* RN_OK: `facts` is set, and else `refusal` */
    json_t *facts;
    char *refusal; /* the message of a refusal, or how its code ended the child */
    char *printed; /* what its code wrote by itself to standard output and error, the head; or "" */
} rn_inspection;

/* A plugin that is refused is no failure. rn_inspection_clear frees the result. */
rn_status rn_inspect(const rn_inspect_task *task, rn_inspection *out);

void rn_inspection_clear(rn_inspection *inspection);

#endif
