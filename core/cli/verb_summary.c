/* verb_summary.c: resnet-run summary. */
#include <string.h>

#include "base/status.h"
#include "cli/verb.h"

static rn_status take_graph(rn_options *options, const rn_option *option, const char *value)
{
    if (value && strcmp(value, "dot") != 0)
        return rn_fail(RN_E_USAGE, "--%s=%s: expected --%s or --%s=dot", option->name, value,
                       option->name, option->name);
    options->summary.graph = value ? RN_GRAPH_DOT : RN_GRAPH_TEXT;
    return RN_OK;
}

static const rn_option options[] = {
    { 0, "algorithms", NULL, "how the backend computes each operator", .take = rn_option_flag,
      RN_OPTION_FIELD(summary.algorithms) },
    { 0, "graph", "[=dot]", "the operators of a --phase, as planned; dot: for Graphviz",
      .take = take_graph },
    { 0 },
};

static rn_status run(const rn_config *config, rn_registry *registry, const rn_options *given)
{
    rn_summary_options summary = given->summary;
    summary.json = given->run.json;
    summary.infer = given->phase == RN_COMPARE_INFER;
    return rn_summary(config, registry, &summary);
}

const rn_verb rn_verb_summary = { .name = "summary",
                                  .help = "table of layers, parameters, multiply-adds, memory plan",
                                  .options = options,
                                  .run = run };
