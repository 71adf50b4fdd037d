/* verb_convert.c: resnet-run convert. */
#include "base/status.h"
#include "cli/verb.h"
#include "weights/out/out.h"

#define WORD(name, kind, help, ending) { #name, kind, help },
static const rn_word formats[] = { RN_OUT_FORMATS(WORD){ 0 } };

static const rn_option options[] = {
    { 0, "to", "KIND", "", .take = rn_option_word, .words = formats,
      RN_OPTION_FIELD(convert.kind) },
    { 0, "fold", NULL, "batch norms become part of the convolutions", .take = rn_option_flag,
      RN_OPTION_FIELD(convert.fold) },
    { 0 },
};

static rn_status run(const rn_config *config, rn_registry *registry, const rn_options *given)
{
    rn_convert_options convert = given->convert;
    if (!given->n_operands)
        return rn_fail(RN_E_USAGE, "no file to write given; try: resnet-run convert %s model.onnx",
                       given->cfg);
    convert.path = given->operands[0];
    return rn_convert(config, registry, &given->run, &convert);
}

const rn_verb rn_verb_convert = { .name = "convert",
                                  .operands = "OUT",
                                  .max_operands = 1,
                                  .help =
                                      "writes the weights for PyTorch, timm, transformers, ONNX",
                                  .options = options,
                                  .follows_growth = true,
                                  .run = run };
