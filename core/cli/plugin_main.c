/* plugin_main.c: the program resnet-plugin. The only file of it that prints errors and exits. */
#include <stdio.h>

#include "base/status.h"
#include "cli/descriptors.h"
#include "cli/libraries.h"
#include "cli/plugin_help.h"
#include "cli/plugin_options.h"

static void give(rn_plugin_answer answer)
{
    if (answer == RN_PLUGIN_ANSWER_HELP)
        rn_plugin_help_print();
    else if (answer == RN_PLUGIN_ANSWER_VERSION)
        puts("resnet-plugin " RN_VERSION);
    else
        rn_plugin_help_list();
}

static rn_status run(int argc, char **argv)
{
    rn_plugin_options options;
    rn_plugin_answer answer = RN_PLUGIN_ANSWER_NONE;
    const rn_plugin_verb *verb = NULL;
    rn_status status = rn_descriptors_claim();
    if (status)
        return status;
    status = rn_plugin_options_read(argc, argv, &options, &answer, &verb);
    if (status)
        return status;
    if (verb)
        status = verb->run(&options);
    else
        give(answer);
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    return status ? status : rn_fail(RN_E_IO, "cannot write the output");
}

int main(int argc, char **argv)
{
    rn_libraries_settle();
    rn_status status = run(argc, argv);
    if (status)
        fprintf(stderr, "resnet-plugin: %s\n", rn_fail_text());
    return rn_status_exit(status);
}
