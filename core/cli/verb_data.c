/* verb_data.c: resnet-run data. */
#include "cli/verb.h"

static const rn_word splits[] = { { "train", 0, "" }, { "validation", 1, "" }, { 0 } };

static const rn_option options[] = {
    { 0, "split", "SPLIT", "", .take = rn_option_word, .words = splits, .default_text = "train",
      RN_OPTION_FIELD(data.validation) },
    { 0, "dump", "FILE", "writes what the network would get, as safetensors",
      .take = rn_option_text, RN_OPTION_FIELD(data.dump) },
    { 0, "sheet", "FILE", "the contact sheet; default: samples.png in the run's folder",
      .take = rn_option_text, RN_OPTION_FIELD(data.sheet) },
    { 0 },
};

static rn_status run(const rn_config *config, rn_registry *registry, const rn_options *given)
{
    (void)registry;
    rn_data_options data = given->data;
    data.count = given->run.count;
    data.json = given->run.json;
    data.quiet = given->run.quiet;
    return rn_data_show(config, &data);
}

const rn_verb rn_verb_data = { .name = "data",
                               .help = "what a data set holds, and what the network gets of it",
                               .options = options,
                               .run = run };
