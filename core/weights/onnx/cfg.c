/* cfg.c: writes the cfg of an imported graph, a layer a line. */
#define _GNU_SOURCE /* open_memstream */
#include "weights/onnx/cfg.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "base/text.h"

#define SMALL 128 /* pixels: smaller pictures, as those of CIFAR, are not cropped */

/* Text of the file in a comment: without what could end it. */
static void write_word(FILE *out, const char *word)
{
    for (int i = 0; word && word[i] && i < 60; i++)
        putc(isalnum((unsigned char)word[i]) || strchr("._+-", word[i]) ? word[i] : '_', out);
}

static void write_comment(FILE *out, const rn_onnx *o)
{
    const char *slash = strrchr(o->path, '/');
    fputs("// ", out);
    write_word(out, slash ? slash + 1 : o->path);
    rn_print(out, ": ONNX operator set %lld, written by ", (long long)o->opset);
    write_word(out, o->model->producer_name ? o->model->producer_name : "an unknown program");
    putc(' ', out);
    write_word(out, o->model->producer_version);
    fputs(".\n// The names of layers are those of its weights and nodes.\n", out);
}

static void write_layer(FILE *out, const rn_onnx *o, const rn_onnx_layer *layer, const char *before)
{
    bool is_linear = strcmp(layer->block, "linear") == 0;
    bool is_next = layer->n_inputs == 1 && strcmp(layer->inputs[0], before) == 0;
    rn_print(out, "    { block = \"%s\"; name = \"%s\"; ", layer->block, layer->name);
    if (!is_next)
        rn_print(out, layer->n_inputs > 1 ? "input = [" : "input = ");
    for (int32_t i = 0; !is_next && i < layer->n_inputs; i++)
        rn_print(out, "%s\"%s\"", i ? ", " : "", layer->inputs[i]);
    if (!is_next)
        fputs(layer->n_inputs > 1 ? "]; " : "; ", out);
    /* The scores follow network.classes, which who trains the model further may change. */
    if (!is_linear || layer != o->output->layer)
        fputs(layer->settings, out);
    if (layer->takes_bias && layer->has_bias != is_linear)
        rn_print(out, "bias = %s; ", layer->has_bias ? "true" : "false");
    rn_print(out, "}%s\n", layer->next ? "," : "");
}

static bool is_small(const rn_onnx *o)
{
    return o->input->dims[2] < SMALL && o->input->dims[3] < SMALL;
}

/* A thousand classes of large colour pictures, which nothing names. */
static bool is_imagenet(const rn_onnx *o)
{
    return o->output->dims[1] == 1000 && o->input->dims[1] == 3 && !is_small(o) &&
           !o->weights->class_names;
}

static void write_network(FILE *out, const rn_onnx *o)
{
    const char *before = o->input->layer_name;
    rn_print(out,
             "network = {\n"
             "  input = { channels = %lld; height = %lld; width = %lld; };\n"
             "  classes = %lld;\n",
             (long long)o->input->dims[1], (long long)o->input->dims[2],
             (long long)o->input->dims[3], (long long)o->output->dims[1]);
    fputs(is_imagenet(o) ? "  class_names = \"imagenet1k\";\n  layers = (\n" : "  layers = (\n",
          out);
    for (const rn_onnx_layer *layer = o->first; layer; layer = layer->next) {
        write_layer(out, o, layer, before);
        before = layer->name;
    }
    fputs("  );\n};\n", out);
}

static const char large_transforms[] =
    "  transforms = { train = \"imagenet_train\"; validation = \"imagenet_eval\"; };\n";
static const char small_transforms[] =
    "  transforms = {\n"
    "    train = \"cifar_train\";\n"
    "    validation = { preset = \"timm_eval\"; crop_pct = 1; interpolation = \"bilinear\"; };\n"
    "  };\n";

static void write_data(FILE *out, const rn_onnx *o)
{
    if (o->settings) {
        fputs(o->settings, out);
        return;
    }
    fputs("data = {\n  dataset = \"folder\";\n", out);
    if (o->input->dims[1] == 3)
        fputs("  mean = [0.485, 0.456, 0.406]; // ImageNet's: the model does not tell\n"
              "  std = [0.229, 0.224, 0.225];\n",
              out);
    fputs(is_small(o) ? small_transforms : large_transforms, out);
    fputs("};\n", out);
}

/* One line of what the model does not tell, where it does not tell how pictures are prepared. */
static const char *assumed(const rn_onnx *o)
{
    const char *size = o->assumes_size ? ", and pictures of 224x224" : "";
    if (o->input->dims[1] == 3)
        return rn_pool_print(o->weights->pool,
                             "%sImageNet's mean and standard deviation of colours%s; set "
                             "data.mean, data.std, network.input and data.transforms for others",
                             is_imagenet(o) ? "ImageNet's classes, " : "", size);
    return rn_pool_print(o->weights->pool,
                         "pixels from 0 to 1%s; set data.mean, data.std, network.input and "
                         "data.transforms for others",
                         size);
}

rn_status rn_onnx_write_cfg(rn_onnx *o)
{
    char *text = NULL;
    size_t size = 0;
    rn_weights *weights = o->weights;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return rn_weights_no_memory(weights);
    write_comment(out, o);
    write_network(out, o);
    write_data(out, o);
    bool failed = ferror(out);
    failed = fclose(out) || failed;
    weights->network = failed ? NULL : rn_pool_text(weights->pool, text, size);
    weights->assumed = o->settings ? NULL : assumed(o);
    free(text);
    return weights->network && (weights->assumed || o->settings) ? RN_OK
                                                                 : rn_weights_no_memory(weights);
}
