/* verb_predict.c: resnet-run predict. */
#include "base/status.h"
#include "cli/verb.h"
#include "report/labels.h"

#define DEFAULT_COUNT 5 /* of samples of the data set; of pictures all */

static const rn_word formats[] = { RN_LABELS_WORDS(RN_WORD_ROW){ 0 } };
static const rn_word on_error[] = { RN_ON_ERROR_WORDS(RN_WORD_ROW){ 0 } };

static const rn_option options[] = {
    { 0, "top", "K", "classes of a picture to print", .take = rn_option_count, .least = 1,
      .default_text = "5", RN_OPTION_FIELD(predict.top) },
    { 0, "format", "KIND", "", .take = rn_option_word, .words = formats, .default_text = "table",
      RN_OPTION_FIELD(predict.format) },
    { 0, "on-error", "KIND", "pictures that cannot be read", .take = rn_option_word,
      .words = on_error, .default_text = "skip", RN_OPTION_FIELD(predict.on_error) },
    { 0, "features", NULL, "what the last linear layer gets, not probabilities",
      .take = rn_option_flag, RN_OPTION_FIELD(predict.features) },
    { 0, "save", "FILE", "writes logits and probabilities as safetensors", .take = rn_option_text,
      RN_OPTION_FIELD(predict.save) },
    { 0, "activation", "LAYERS", "saves what these layers give, too: layer1.0,layer2.0",
      .take = rn_option_text, RN_OPTION_FIELD(predict.activations) },
    { 0 },
};

static rn_status run(const rn_config *config, rn_registry *registry, const rn_options *given)
{
    rn_predict_options predict = given->predict;
    rn_predict_source *from = &predict.from;
    from->tensor = given->input;
    if (given->n_operands && from->tensor)
        return rn_fail(RN_E_USAGE, "--input=%s: give it, or pictures, not both", from->tensor);
    if (given->run.json && predict.format == RN_LABELS_CSV)
        return rn_fail(RN_E_USAGE, "--json is --format=jsonl: give it, or --format=csv, not both");
    from->pictures = given->operands;
    from->n_pictures = given->n_operands;
    from->limit = given->run.count;
    if (!from->limit && !from->pictures && !from->tensor)
        from->limit = DEFAULT_COUNT;
    if (given->run.json)
        predict.format = RN_LABELS_JSONL;
    return rn_predict(config, registry, &predict, &given->run);
}

const rn_verb rn_verb_predict = { .name = "predict",
                                  .operands = "[PICTURE...]",
                                  .max_operands = -1,
                                  .help = "what is on pictures, or on images of the data set",
                                  .options = options,
                                  .follows_growth = true,
                                  .is_shared = true,
                                  .run = run };
