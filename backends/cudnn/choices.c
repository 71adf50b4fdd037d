/* choices.c: what was fastest on this device, kept in a file of the user's cache. */
#include "common/choices.h"

#include "cudnn/cudnn.h"

#include <stdio.h>

enum { KEY_BYTES = 1024 };

static void key_write(const rn_context *context, const char *key, char full[KEY_BYTES])
{
    snprintf(full, KEY_BYTES, "%s|%s", context->machine, key);
    for (char *c = full; *c; c++)
        if (*c == '\t' || *c == '\n')
            *c = ' ';
}

rn_status cudnn_choices_open(rn_context *context)
{
    const backend_choices_file kept = { cudnn_host, "cudnn-choices", "resnet-run cudnn 1",
                                        "the GPU's fastest algorithms" };
    context->choices = backend_choices_open(&kept);
    return context->choices ? RN_OK : cudnn_host->fail(RN_E_NOMEM, "no memory for a context");
}

const char *cudnn_choice_find(const rn_context *context, const char *key)
{
    char full[KEY_BYTES];
    key_write(context, key, full);
    return backend_choices_find(context->choices, full);
}

void cudnn_choice_set(rn_context *context, const char *key, const char *name)
{
    char full[KEY_BYTES];
    key_write(context, key, full);
    backend_choices_set(context->choices, full, name);
}
