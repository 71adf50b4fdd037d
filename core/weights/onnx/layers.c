/* layers.c: the layers that the nodes of an ONNX graph become, and their names. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "base/text.h"
#include "weights/onnx/import.h"

#define WEIGHT_ENDING ".weight"
#define NODE_BEGINNING "node_" /* of PyTorch's newer exporter */
#define MAX_NAME 120

const char *rn_onnx_why(const char *text)
{
    return text ? text : "no memory to say why";
}

/* ---- Names ---- */

/* Keeps what a name of a layer may have, and puts _ for the rest. */
static void clean(char *name)
{
    for (char *at = name; *at; at++)
        if (!isalnum((unsigned char)*at) && !strchr("_-.", *at))
            *at = '_';
}

/* Adds one part of "/layer1/layer1.0/conv1/Conv" to a path: a part that repeats the one before it,
 * as layer1.0 does, stands for both. */
static void add_part(char name[MAX_NAME + 1], size_t *last, const char *part, size_t length)
{
    size_t before = strlen(name) - *last;
    bool repeats = before && length > before && part[before] == '.' &&
                   strncmp(name + *last, part, before) == 0;
    if (!repeats && *name)
        strncat(name, ".", MAX_NAME - strlen(name));
    if (!repeats)
        *last = strlen(name);
    name[*last] = 0;
    strncat(name, part, length < MAX_NAME - *last ? length : MAX_NAME - *last);
}

/* The path of a node's name; without its last part where that only names the operator. */
static void name_of_node(const rn_onnx_node *node, char name[MAX_NAME + 1])
{
    const char *from = node->name ? node->name : "";
    const char *slash = strrchr(from, '/');
    size_t last = 0, op = node->op_type ? strlen(node->op_type) : 0;
    bool is_op = slash && op && strncmp(slash + 1, node->op_type, op) == 0;
    *name = 0;
    if (strncmp(from, NODE_BEGINNING, strlen(NODE_BEGINNING)) == 0)
        from += strlen(NODE_BEGINNING);
    while (*from && !(is_op && from == slash)) {
        from += *from == '/';
        size_t length = strcspn(from, "/");
        if (length)
            add_part(name, &last, from, length);
        from += length;
    }
}

/* Whether the last part of a path says what the layer does: "relu_1" of relu, "avgpool". */
static bool tells_block(const char *name, const char *block)
{
    const char *dot = strrchr(name, '.');
    const char *part = dot ? dot + 1 : name;
    return strstr(part, block) || (strstr(part, "pool") && strstr(block, "pool"));
}

static void choose_name(const rn_onnx_node *node, const char *block, const rn_stored *weight,
                        char name[MAX_NAME + 1])
{
    if (weight && rn_text_ends(weight->name, WEIGHT_ENDING) && strlen(weight->name) < MAX_NAME) {
        snprintf(name, MAX_NAME + 1, "%.*s", (int)(strlen(weight->name) - strlen(WEIGHT_ENDING)),
                 weight->name);
        clean(name);
        return;
    }
    name_of_node(node, name);
    clean(name);
    if (!weight && strchr(node->name ? node->name : "", '/') && !tells_block(name, block)) {
        strncat(name, *name ? "." : "", MAX_NAME - strlen(name));
        strncat(name, block, MAX_NAME - strlen(name));
    }
    if (!*name)
        snprintf(name, MAX_NAME + 1, "%s", block);
}

/* The name, with a number if it is taken, in the pool; NULL: no memory. */
static const char *make_unique(rn_onnx *o, const char *name)
{
    char numbered[MAX_NAME + 32];
    rn_name *base = rn_names_add(&o->names, name), *found = base;
    snprintf(numbered, sizeof numbered, "%s", name);
    while (found && found->is_path) {
        snprintf(numbered, sizeof numbered, "%s_%d", name, ++base->path_number);
        found = rn_names_add(&o->names, numbered);
    }
    if (!found)
        return NULL;
    found->is_path = true;
    return rn_pool_text(o->weights->pool, numbered, strlen(numbered));
}

/* ---- Layers ---- */

static rn_onnx_layer *add_layer(rn_onnx *o, const rn_onnx_node *node, const char *block,
                                const rn_stored *weight, int32_t n_inputs)
{
    char name[MAX_NAME + 1];
    rn_onnx_layer *layer = rn_pool_take(o->weights->pool, sizeof *layer);
    const char **inputs = rn_pool_take_array(o->weights->pool, (size_t)n_inputs, sizeof *inputs);
    choose_name(node, block, weight, name);
    const char *unique = layer && inputs ? make_unique(o, name) : NULL;
    if (!unique) {
        o->status = o->status ? o->status : rn_weights_no_memory(o->weights);
        return NULL;
    }
    *layer = (rn_onnx_layer){
        .name = unique, .block = block, .settings = "", .inputs = inputs, .n_inputs = n_inputs
    };
    *(o->last ? &o->last->next : &o->first) = layer;
    o->last = layer;
    return layer;
}

/* Makes the node's result that of the layer, of the shape of `x`. */
static void set_result(rn_onnx *o, const rn_onnx_node *node, const rn_onnx_value *x,
                       rn_onnx_layer *layer)
{
    rn_onnx_value *y = rn_onnx_result(o, node);
    *y = (rn_onnx_value){ .name = y->name,
                          .kind = RN_ONNX_IMAGES,
                          .producer = y->producer,
                          .n_readers = y->n_readers,
                          .rank = x->rank,
                          .layer_name = layer->name,
                          .layer = layer };
    memcpy(y->dims, x->dims, sizeof y->dims);
    memcpy(y->axes, x->axes, sizeof y->axes);
}

rn_onnx_layer *rn_onnx_join_add(rn_onnx *o, const rn_onnx_node *node, const char *block,
                                const rn_onnx_value *const *x, int32_t count)
{
    rn_onnx_layer *layer = add_layer(o, node, block, NULL, count);
    for (int32_t i = 0; layer && i < count; i++)
        layer->inputs[i] = x[i]->layer_name;
    if (layer)
        set_result(o, node, x[0], layer);
    return layer;
}

rn_onnx_layer *rn_onnx_layer_add(rn_onnx *o, const rn_onnx_node *node, const char *block,
                                 const rn_stored *weight, const rn_onnx_value *x)
{
    rn_onnx_layer *layer = add_layer(o, node, block, weight, 1);
    if (!layer)
        return NULL;
    layer->inputs[0] = x->layer_name;
    set_result(o, node, x, layer);
    return layer;
}

void rn_onnx_set(rn_onnx *o, rn_onnx_layer *layer, const char *format, ...)
{
    char text[256];
    va_list args;
    if (!layer)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    const char *longer = rn_pool_print(o->weights->pool, "%s%s; ", layer->settings, text);
    if (longer)
        layer->settings = longer;
    else if (!o->status)
        o->status = rn_weights_no_memory(o->weights);
}

void rn_onnx_tensor_add(rn_onnx *o, const rn_onnx_layer *layer, const char *suffix,
                        const rn_stored *tensor)
{
    rn_stored named = *tensor;
    if (!layer || o->status)
        return;
    named.name = rn_pool_print(o->weights->pool, "%s.%s", layer->name, suffix);
    o->status = named.name ? rn_weights_add(o->weights, &named) : rn_weights_no_memory(o->weights);
}
