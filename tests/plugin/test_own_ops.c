/* test_own_ops.c: networks of operators that a plugin brings, against PyTorch, on every backend:
 * by their sources, on the backend's memory, and on copies. */
#include <stdio.h>
#include <stdlib.h>

#include "plugin/plugin_rig.h"
#include "support/net_golden.h"

/* Puts the compiled plugin first in the search path. */
static void add_plugin(void)
{
    char path[CHECK_PATH_MAX], folder[CHECK_PATH_MAX], search[2 * CHECK_PATH_MAX];
    const char *others = getenv("RESNET_PLUGIN_PATH");
    plugin_folder(folder, "own");
    if (!plugin_compile("../ops/own", check_scratch(path, "own/own.so"),
                        "-fvisibility=hidden -lm")) {
        printf("own.c does not compile\n");
        exit(1);
    }
    snprintf(search, sizeof search, "%s%s%s", folder, others ? ":" : "", others ? others : "");
    setenv("RESNET_PLUGIN_PATH", search, 1);
}

int main(void)
{
    add_plugin();
    op_backends_open();
    op_backends_add_halves();
    op_tests_add("own_ops", net_golden_test, "own_ops");
    op_tests_add("own_composed", net_golden_test, "own_composed");
    int result = op_tests_run("operators of plugins in a network");
    net_registry_close();
    return result;
}
