/* predict_outputs.c: results of the network's layers, collected batch by batch. */
#include "commands/predict_outputs.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "io/file.h"
#include "io/safetensors.h"
#include "train/classes.h"
#include "world/world.h"

static rn_status no_memory(void)
{
    return rn_fail(RN_E_NOMEM, "no memory for the results; predict fewer images at a time");
}

/* ---- What is wanted ---- */

static rn_status add(rn_predict_outputs *outputs, rn_output_kind kind, const char *name)
{
    for (int32_t i = 0; i < outputs->n_wanted; i++)
        if (strcmp(outputs->output[i].name, name) == 0)
            return rn_fail(RN_E_USAGE, "--activation: \"%s\" would be in the file twice", name);
    if (outputs->n_wanted == RN_MAX_OUTPUTS)
        return rn_fail(RN_E_USAGE, "--activation: more than %d layers", RN_MAX_OUTPUTS - 2);
    outputs->output[outputs->n_wanted].name = name;
    outputs->wanted[outputs->n_wanted++] = (rn_output){ .kind = kind, .layer = name };
    return RN_OK;
}

static rn_status add_layers(rn_predict_outputs *outputs)
{
    outputs->names = strdup(outputs->layers);
    if (!outputs->names)
        return no_memory();
    char *rest = outputs->names, *name;
    rn_status status = RN_OK;
    while (!status && (name = strsep(&rest, ",")))
        status = add(outputs, RN_OUTPUT_LAYER, name);
    return status;
}

rn_status rn_predict_outputs_list(rn_predict_outputs *outputs)
{
    rn_status status = RN_OK;
    if (outputs->layers && !outputs->path)
        return rn_fail(RN_E_USAGE, "--activation: nothing would keep it; add --save=FILE");
    if (outputs->features)
        status = add(outputs, RN_OUTPUT_FEATURES, "features");
    if (!status && outputs->path)
        status = add(outputs, RN_OUTPUT_LOGITS, "logits");
    if (!status && outputs->layers)
        status = add_layers(outputs);
    return status;
}

const rn_predict_output *rn_predict_outputs_features(const rn_predict_outputs *outputs)
{
    return outputs->features ? &outputs->output[0] : NULL;
}

/* ---- Collecting ---- */

static rn_status make_rows(const rn_predict_outputs *outputs, int64_t count,
                           rn_predict_output *output)
{
    if (!outputs->path)
        return RN_OK;
    output->rows = calloc((size_t)count, (size_t)output->row * sizeof *output->rows);
    return output->rows ? RN_OK : no_memory();
}

static rn_status make_output(const rn_predict_outputs *outputs, int64_t count,
                             const rn_value *value, rn_predict_output *output)
{
    output->rank = value->desc.rank;
    memcpy(output->shape, value->desc.shape, sizeof output->shape);
    output->row = rn_desc_count(&value->desc) / output->shape[0];
    output->batch = malloc(rn_plan_bytes(value));
    return output->batch ? make_rows(outputs, count, output) : no_memory();
}

/* A folder that is missing is better found before the work than after it. */
static rn_status try_path(const char *path)
{
    rn_file *file = NULL;
    rn_status status = path ? rn_file_create(path, &file) : RN_OK;
    rn_file_discard(file);
    return status;
}

rn_status rn_predict_outputs_begin(rn_predict_outputs *outputs, const rn_session *session,
                                   const rn_pass_plans *plans, int64_t count)
{
    const rn_dag *dag = plans->by_rank[0]->dag;
    const int64_t n_classes = session->config->network.classes;
    rn_status status = rn_world_is_first() ? try_path(outputs->path) : RN_OK;
    for (int32_t i = 0; i < outputs->n_wanted && !status; i++)
        status = make_output(outputs, count, dag->outputs[i], &outputs->output[i]);
    if (status)
        return status;
    outputs->files = json_array();
    rn_predict_output *last = &outputs->output[outputs->n_wanted];
    *last = (rn_predict_output){ .name = "probabilities",
                                 .rank = 2,
                                 .shape = { 0, n_classes },
                                 .row = n_classes,
                                 .batch = session->probabilities };
    return outputs->files ? make_rows(outputs, count, last) : no_memory();
}

rn_status rn_predict_outputs_take(rn_predict_outputs *outputs, const rn_pass_plans *plans,
                                  int64_t count)
{
    rn_plan *plan = plans->by_rank[0];
    rn_status status = RN_OK;
    for (int32_t i = 0; i <= outputs->n_wanted && !status; i++) {
        rn_predict_output *output = &outputs->output[i];
        if (i < outputs->n_wanted)
            status = rn_plan_download(plan, plan->dag->outputs[i], output->batch);
        if (!status && output->rows)
            memcpy(output->rows + outputs->n_rows * output->row, output->batch,
                   (size_t)(count * output->row) * sizeof *output->rows);
    }
    outputs->n_rows += count;
    return status;
}

rn_status rn_predict_outputs_name(rn_predict_outputs *outputs, const char *file)
{
    if (!outputs->path || !json_array_append_new(outputs->files, rn_json_text(file)))
        return RN_OK;
    return no_memory();
}

/* ---- The file ---- */

static rn_status write(const rn_predict_outputs *outputs, const char *files, const char *classes)
{
    rn_named_tensor tensors[RN_MAX_OUTPUTS + 1];
    const char *metadata[] = { "class_names", classes, "files", files };
    for (int32_t i = 0; i <= outputs->n_wanted; i++) {
        const rn_predict_output *output = &outputs->output[i];
        tensors[i] = (rn_named_tensor){
            .name = output->name, .dtype = RN_F32, .rank = output->rank, .data = output->rows
        };
        memcpy(tensors[i].shape, output->shape, sizeof output->shape);
        tensors[i].shape[0] = outputs->n_rows;
    }
    return rn_safetensors_write(outputs->path, tensors, outputs->n_wanted + 1, metadata, 4);
}

rn_status rn_predict_outputs_write(const rn_predict_outputs *outputs, const rn_dataset *classes)
{
    char *names = NULL;
    if (!outputs->path)
        return RN_OK;
    char *files = json_dumps(outputs->files, JSON_COMPACT);
    rn_status status = files ? rn_classes_record(classes, &names) : no_memory();
    if (!status)
        status = write(outputs, files, names);
    free(files);
    free(names);
    return status;
}

void rn_predict_outputs_clear(rn_predict_outputs *outputs)
{
    for (int32_t i = 0; i < outputs->n_wanted; i++)
        free(outputs->output[i].batch);
    for (int32_t i = 0; i <= outputs->n_wanted; i++)
        free(outputs->output[i].rows);
    free(outputs->names);
    json_decref(outputs->files);
}
