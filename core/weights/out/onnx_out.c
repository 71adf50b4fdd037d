/* onnx_out.c: the network and its weights as an ONNX model, opset 17. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "config/config_record.h"
#include "io/file.h"
#include "weights/onnx/metadata.h"
#include "weights/out/onnx_nodes.h"
#include "weights/out/pictures.h"

#define IR_VERSION 8 /* that of opset 17 */
#define OPSET 17
#define MAX_BYTES INT32_MAX /* of a protobuf message */
#define MAX_PROPS 4

/* ---- Messages ---- */

typedef struct onnx {
    rn_onnx_out graph;
    Onnx__ModelProto model;
    Onnx__OperatorSetIdProto opset, *opsets[1];
    Onnx__ValueInfoProto *inputs[1], *outputs[1];
    Onnx__StringStringEntryProto props[MAX_PROPS], *prop_list[MAX_PROPS];
} onnx;

static void add_prop(onnx *o, const char *key, const char *value)
{
    Onnx__StringStringEntryProto *prop = &o->props[o->model.n_metadata_props];
    onnx__string_string_entry_proto__init(prop);
    prop->key = (char *)(uintptr_t)key;
    prop->value = (char *)(uintptr_t)value;
    o->prop_list[o->model.n_metadata_props++] = prop;
}

static rn_status add_numbers(onnx *o, const char *key, const double *values, int64_t count)
{
    json_t *list = rn_pictures_json(values, count);
    char *text = json_dumps(list, JSON_COMPACT | JSON_REAL_PRECISION(15));
    const char *kept = text ? rn_pool_print(o->graph.pool, "%s", text) : NULL;
    json_decref(list);
    free(text);
    if (!kept)
        return rn_onnx_out_no_memory();
    add_prop(o, key, kept);
    return RN_OK;
}

/* For this program: everything, as in its other files. */
static rn_status add_config(onnx *o)
{
    char *record = NULL;
    rn_status status = rn_config_record(o->graph.model->config, &record);
    if (status)
        return status;
    const char *kept = rn_pool_text(o->graph.pool, record, strlen(record));
    free(record);
    if (!kept)
        return rn_onnx_out_no_memory();
    add_prop(o, RN_ONNX_CONFIG, kept);
    return RN_OK;
}

/* What the graph does not tell: how pictures are prepared, and what the scores are of. */
static rn_status add_props(onnx *o)
{
    const rn_out_model *model = o->graph.model;
    rn_pictures pictures;
    o->model.metadata_props = o->prop_list;
    if (model->class_names)
        add_prop(o, RN_ONNX_CLASS_NAMES, model->class_names);
    rn_status status = add_config(o);
    if (status || model->config->network.channels > RN_PICTURES_MAX_CHANNELS)
        return status;
    status = rn_pictures_read(model->config, &pictures);
    if (!status)
        status = add_numbers(o, "mean", pictures.mean, pictures.channels);
    return status ? status : add_numbers(o, "std", pictures.std, pictures.channels);
}

static rn_status add_ends(onnx *o)
{
    const rn_dag *dag = o->graph.model->dag;
    Onnx__GraphProto *graph = &o->graph.proto;
    rn_status status =
        rn_onnx_out_value(&o->graph, RN_ONNX_OUT_IMAGES, &dag->images->desc, &o->inputs[0]);
    if (!status)
        status =
            rn_onnx_out_value(&o->graph, RN_ONNX_OUT_LOGITS, &dag->logits->desc, &o->outputs[0]);
    graph->n_input = graph->n_output = 1;
    graph->input = o->inputs;
    graph->output = o->outputs;
    graph->name = (char *)(uintptr_t)o->graph.model->config->name;
    return status;
}

static void describe(onnx *o)
{
    static char producer[] = RN_ONNX_PRODUCER, version[] = RN_VERSION, domain[] = "";
    onnx__model_proto__init(&o->model);
    onnx__operator_set_id_proto__init(&o->opset);
    o->opset.domain = domain;
    o->opset.has_version = 1;
    o->opset.version = OPSET;
    o->opsets[0] = &o->opset;
    o->model.has_ir_version = 1;
    o->model.ir_version = IR_VERSION;
    o->model.n_opset_import = 1;
    o->model.opset_import = o->opsets;
    o->model.producer_name = producer;
    o->model.producer_version = version;
    o->model.graph = &o->graph.proto;
}

static rn_status make(onnx *o)
{
    size_t n_nodes = (size_t)o->graph.model->dag->n_nodes;
    rn_status status = rn_onnx_out_graph_init(&o->graph, RN_ONNX_OUT_MAX_NODES * n_nodes + 1,
                                              (size_t)o->graph.model->n_tensors +
                                                  (RN_ONNX_OUT_MAX_VECTORS + 1) * n_nodes + 1);
    describe(o);
    if (!status)
        status = rn_onnx_out_add_nodes(&o->graph);
    if (!status)
        status = add_ends(o);
    return status ? status : add_props(o);
}

/* ---- The file ---- */

typedef struct sink {
    ProtobufCBuffer base;
    rn_file *file;
    rn_status status;
} sink;

static void append(ProtobufCBuffer *buffer, size_t count, const uint8_t *bytes)
{
    sink *s = (sink *)buffer;
    if (!s->status)
        s->status = rn_file_write(s->file, bytes, count);
}

static rn_status write_model(const onnx *o, const char *path)
{
    sink s = { .base = { .append = append } };
    size_t bytes = onnx__model_proto__get_packed_size(&o->model);
    if (bytes > MAX_BYTES)
        return rn_fail(RN_E_DATA,
                       "%s: the model takes %zu bytes, and an ONNX file has at most 2 GiB; use "
                       "safetensors",
                       path, bytes);
    rn_status status = rn_file_create(path, &s.file);
    if (status)
        return status;
    onnx__model_proto__pack_to_buffer(&o->model, &s.base);
    if (!s.status)
        return rn_file_commit(s.file);
    rn_file_discard(s.file);
    return s.status;
}

rn_status rn_out_onnx(const rn_out_model *model, const char *path)
{
    onnx o = { .graph = { .model = model, .pool = rn_pool_create(UINT64_MAX) } };
    if (!o.graph.pool)
        return rn_onnx_out_no_memory();
    if (model->fold)
        rn_dag_index(model->dag);
    rn_status status = make(&o);
    if (!status)
        status = write_model(&o, path);
    rn_pool_destroy(o.graph.pool);
    return status;
}
