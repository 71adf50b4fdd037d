/* plugin_verbs.c: the table of the commands of resnet-plugin, and the options that they share. */
#include "cli/plugin_verb.h"

#define ADDRESS(name) &rn_plugin_verb_##name,

const rn_plugin_verb *const rn_plugin_verbs[] = { RN_PLUGIN_VERBS(ADDRESS) NULL };

const rn_plugin_option rn_plugin_option_path = {
    .name = "plugin-path",
    .value = "FOLDERS",
    .help = "folders to search first, separated by ':'",
    RN_PLUGIN_FIELD(plugin_path),
};
const rn_plugin_option rn_plugin_option_json = {
    .name = "json",
    .help = "print JSON",
    RN_PLUGIN_FIELD(json),
};
const rn_plugin_option rn_plugin_option_deadline = {
    .name = "deadline",
    .value = "TIME",
    .help = "how long a plugin may take, as 5s or 2m; default 30s",
    RN_PLUGIN_FIELD(deadline),
};
