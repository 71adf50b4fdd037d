/* plugin_new.c: resnet-plugin new. */
#include <stdio.h>

#include "base/text.h"
#include "cli/plugin_template.h"
#include "cli/plugin_verb.h"

static const rn_plugin_option *const options[] = { NULL };

static rn_status run(const rn_plugin_options *given)
{
    const char *kind = given->operands[0], *name = given->operands[1];
    rn_status status = rn_template_copy(kind, name);
    if (!status)
        rn_print(stdout, "%s/ has a new plugin. Build and try it:\n\n    cd %s && make check\n",
                 name, name);
    return status;
}

const rn_plugin_verb rn_plugin_verb_new = {
    .name = "new",
    .operands = "KIND NAME",
    .help = "makes ./NAME, a plugin to begin with: a block, an op or a backend",
    .options = options,
    .run = run,
};
