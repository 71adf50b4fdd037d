/* convert.c: finds the weights and their network, and has a format write them. */
#include "commands/convert.h"

#include <sys/stat.h>

#include "base/status.h"
#include "base/text.h"
#include "graph/net.h"
#include "io/file.h"
#include "weights/out/out.h"

static rn_status find_format(const rn_convert_options *options, const rn_out_format **format)
{
    *format =
        options->kind ? rn_out_by_kind((rn_out_kind)options->kind) : rn_out_by_path(options->path);
    if (!*format)
        return rn_fail(RN_E_USAGE,
                       "%s: its ending does not tell the format; give --to=KIND, see "
                       "resnet-run --help",
                       options->path);
    if (options->fold && (*format)->kind != RN_OUT_ONNX)
        return rn_fail(RN_E_USAGE, "--fold is for onnx, not for %s", (*format)->name);
    return RN_OK;
}

/* A folder may be there, but not with a model in it. */
static rn_status check_target(const rn_out_format *format, const char *path, bool overwrite)
{
    static const char *const names[] = { "config.json", "model.safetensors" };
    char joined[RN_PATH_SIZE];
    struct stat info;
    bool exists = stat(path, &info) == 0;
    if (exists && S_ISDIR(info.st_mode) != rn_out_is_folder(format))
        return rn_fail(RN_E_USAGE, "%s: it is %s, and %s is written to %s", path,
                       S_ISDIR(info.st_mode) ? "a folder" : "a file", format->name,
                       rn_out_is_folder(format) ? "a folder" : "a file");
    if (overwrite || !exists)
        return RN_OK;
    if (!rn_out_is_folder(format))
        return rn_fail(RN_E_USAGE, "%s: it exists; replace it with --overwrite", path);
    for (int i = 0; i < 2; i++) {
        rn_status status = rn_path_join(joined, path, names[i]);
        if (status)
            return status;
        if (stat(joined, &info) == 0)
            return rn_fail(RN_E_USAGE, "%s: it exists; replace it with --overwrite", joined);
    }
    return RN_OK;
}

static void print_written(const rn_out_model *model, const rn_out_format *format, const char *path)
{
    long long numbers = 0;
    for (int64_t i = 0; i < model->n_tensors; i++) {
        const rn_named_tensor *tensor = &model->tensors[i];
        rn_tensor_desc desc = rn_desc_make(tensor->dtype, tensor->rank, tensor->shape);
        numbers += rn_desc_count(&desc);
    }
    rn_print(stdout, "%s: %s", path, format->name);
    if (numbers)
        rn_print(stdout, ", %lld numbers", numbers);
    fputc('\n', stdout);
}

/* The weights are checked as those of a session, by a store without devices. */
static rn_status gather(rn_out_model *model, const rn_model_choice *choice)
{
    rn_store *store = NULL;
    rn_status status = rn_store_create(NULL, 0, model->dag, &store);
    if (status)
        return status;
    status = rn_model_load(store, model->config, model->weights, choice, NULL);
    if (!status)
        status = rn_out_gather(model, store);
    rn_store_destroy(store);
    return status;
}

/* A cfg has no use for the weights. */
static rn_status find_tensors(rn_out_model *model, const rn_out_format *format,
                              const rn_model_choice *choice, rn_weights **opened)
{
    if (format->kind == RN_OUT_CFG)
        return RN_OK;
    rn_status status = rn_model_find(model->config, choice, opened, &model->weights);
    if (status)
        return status;
    model->class_names = model->weights->class_names;
    return gather(model, choice);
}

rn_status rn_convert(const rn_config *config, rn_registry *registry, const rn_run_options *run,
                     const rn_convert_options *options)
{
    rn_dag *dag = NULL;
    rn_weights *opened = NULL;
    const rn_out_format *format = NULL;
    rn_out_model model = { .config = config, .registry = registry, .fold = options->fold };
    const rn_net_params net = {
        .config = config, .registry = registry, .batch = 1, .mask_dtype = RN_U8
    };
    rn_status status = find_format(options, &format);
    if (status)
        return status;
    status = check_target(format, options->path, run->start == RN_START_OVERWRITE);
    if (status)
        return status;
    status = rn_net_build(&net, &dag);
    if (status)
        return status;
    model.dag = dag;
    status = find_tensors(&model, format, &run->model, &opened);
    if (status)
        goto done;
    status = format->write(&model, options->path);
    if (!status && !run->quiet)
        print_written(&model, format, options->path);
done:
    rn_out_clear(&model);
    rn_weights_close(opened);
    rn_dag_destroy(dag);
    return status;
}
