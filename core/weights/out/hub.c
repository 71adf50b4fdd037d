/* hub.c: a network described for timm and transformers, and its folder. */
#include "weights/out/hub.h"

#include <resnet/op.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/status.h"
#include "base/text.h"
#include "graph/net.h"
#include "graph/op.h"
#include "io/file.h"
#include "weights/out/same.h"

rn_status rn_hub_fail(const char *name, const char *what)
{
    return rn_fail(RN_E_DATA, "--to=%s: it has no networks with %s; use --to=onnx or --to=pth",
                   name, what);
}

/* What neither program has; NULL: nothing. */
static const char *find_obstacle(const rn_form *form)
{
    if (form->block == RN_FORM_PREACT_BASIC || form->block == RN_FORM_PREACT_BOTTLENECK)
        return "blocks that begin with their normalisation (preact)";
    if (form->block == RN_FORM_BOOK)
        return "the blocks of Dive into Deep Learning";
    if (form->stem != RN_FORM_STEM_IMAGENET)
        return "a stem other than a 7x7 convolution and max pooling";
    if (form->shortcut == 'A')
        return "shortcuts without parameters (A)";
    return form->shortcut == 'B' ? NULL : "projections in all shortcuts (C)";
}

/* The strides, which no tensor tells. */
static void read_strides(const rn_dag *dag, rn_form *form)
{
    form->first_stride = 1;
    form->stride_on_1x1 = false;
    for (int32_t i = 0; i < dag->n_nodes; i++) {
        const rn_node *node = dag->nodes[i];
        const rn_conv2d_attrs *conv = node->attrs;
        if (!rn_node_is(node, "conv2d") || conv->stride[0] == 1)
            continue;
        if (strncmp(node->name, "layer1.0.", 9) == 0)
            form->first_stride = conv->stride[0];
        if (conv->kernel[0] == 1 && rn_text_ends(node->name, ".conv1"))
            form->stride_on_1x1 = true;
    }
}

/* Builds the network that the form describes. */
static rn_status build_form(const rn_out_model *model, const rn_form *form, rn_dag **out)
{
    rn_config *config = NULL;
    rn_config_source source = { .path = model->weights->path };
    rn_status status = rn_form_write(form, model->weights->pool, &source.text);
    if (status)
        return status;
    status = rn_config_load_source(&source, &config);
    if (status)
        return status;
    status = rn_net_build(&(rn_net_params){ .config = config,
                                            .registry = model->registry,
                                            .batch = 1,
                                            .mask_dtype = RN_U8 },
                          out);
    rn_config_destroy(config);
    return status;
}

/* The form follows from names and shapes; windows, epsilons and the like must be as it says. */
static rn_status check_network(const rn_out_model *model, const char *name, const rn_form *form)
{
    rn_dag *expected = NULL;
    char what[320];
    rn_status status = build_form(model, form, &expected);
    if (status)
        return status;
    const rn_node *node = rn_same_first_difference(model->dag, expected);
    if (node) {
        snprintf(what, sizeof what, "%.256s (%s) as this one has it", node->name, node->op->name);
        status = rn_hub_fail(name, what);
    }
    rn_dag_destroy(expected);
    return status;
}

static rn_status read_classes(const rn_out_model *model, json_t **classes)
{
    json_error_t error;
    size_t count = 0;
    if (!model->class_names)
        return RN_OK;
    *classes = rn_json_read(model->class_names, strlen(model->class_names), 0, &error);
    while (json_is_string(json_array_get(*classes, count)))
        count++;
    if (count == json_array_size(*classes) && (int64_t)count == model->config->network.classes)
        return RN_OK;
    return rn_fail(RN_E_DATA, "%s: its names of classes are not an array of %lld strings",
                   model->weights->path, (long long)model->config->network.classes);
}

rn_status rn_hub_describe(const rn_out_model *model, const char *name, rn_hub *hub)
{
    rn_status status = rn_form_read(model->weights, &hub->form);
    if (status)
        return rn_fail_at(status, "--to=%s needs a network that it has, else use --to=onnx or pth",
                          name);
    const char *obstacle = find_obstacle(&hub->form);
    if (obstacle)
        return rn_hub_fail(name, obstacle);
    read_strides(model->dag, &hub->form);
    hub->form.height = model->config->network.height;
    hub->form.width = model->config->network.width;
    status = check_network(model, name, &hub->form);
    if (status)
        return status;
    status = rn_pictures_read(model->config, &hub->pictures);
    return status ? status : read_classes(model, &hub->classes);
}

void rn_hub_clear(rn_hub *hub)
{
    json_decref(hub->classes);
}

json_t *rn_hub_numbers(const int64_t *numbers, int64_t count, int64_t factor)
{
    json_t *list = json_array();
    for (int64_t i = 0; i < count; i++)
        json_array_append_new(list, json_integer(factor * numbers[i]));
    return list;
}

rn_status rn_hub_write(const char *folder, const char *name, json_t *object)
{
    char path[RN_PATH_SIZE];
    char *text = object ? json_dumps(object, JSON_INDENT(2) | JSON_REAL_PRECISION(15)) : NULL;
    rn_status status = rn_path_join(path, folder, name);
    json_decref(object);
    if (!text)
        return rn_fail(RN_E_NOMEM, "no memory for %s", name);
    if (!status)
        status = rn_file_write_text(path, text);
    free(text);
    return status;
}

rn_status rn_hub_write_tensors(const char *folder, const rn_named_tensor *tensors, int64_t n)
{
    static const char *const metadata[] = { "format", "pt" };
    char path[RN_PATH_SIZE];
    rn_status status = rn_folder_create(folder);
    if (!status)
        status = rn_path_join(path, folder, "model.safetensors");
    return status ? status : rn_safetensors_write(path, tensors, n, metadata, 2);
}
