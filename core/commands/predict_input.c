/* predict_input.c: batches of what is predicted.
 *
 * The steps of all batches are those of one plan, since a second one costs its planning and its
 * copy of the weights: where the last batch is smaller, what stands behind it is computed too. */
#include "commands/predict_input.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "train/evaluate.h"

/* Images at once, unless train.eval_batch says. More gain nothing, and hold the first answer up. */
#define BATCH 32

/* ---- A tensor ---- */

static rn_status find_tensor(const rn_safetensors *file, const char *path,
                             const rn_named_tensor **x)
{
    *x = rn_safetensors_find(file, "x");
    if (!*x && file->n_tensors == 1)
        *x = &file->tensors[0];
    if (!*x)
        return rn_fail(RN_E_DATA,
                       "%s: it has %lld tensors, none called \"x\"; expected one of this name, or "
                       "one alone",
                       path, (long long)file->n_tensors);
    if ((*x)->dtype == RN_F32 && (*x)->rank == 4)
        return RN_OK;
    return rn_fail(RN_E_DATA, "%s: tensor \"%s\" has %d dimensions%s; expected floats (N,C,H,W)",
                   path, (*x)->name, (int)(*x)->rank,
                   (*x)->dtype == RN_F32 ? "" : " of another type");
}

static rn_status open_tensor(const rn_predict_source *from, rn_config *config,
                             rn_predict_input *input)
{
    const rn_named_tensor *x = NULL;
    rn_status status = rn_safetensors_map(from->tensor, &input->file);
    if (!status)
        status = find_tensor(input->file, from->tensor, &x);
    if (status)
        return status;
    const int64_t *shape = x->shape;
    if (shape[1] != config->network.channels || shape[0] < 1 || shape[2] < 1 || shape[3] < 1)
        return rn_fail(RN_E_DATA,
                       "%s: tensor \"%s\" is (%lld, %lld, %lld, %lld); expected images of %lld "
                       "channels, as the network takes",
                       from->tensor, x->name, (long long)shape[0], (long long)shape[1],
                       (long long)shape[2], (long long)shape[3],
                       (long long)config->network.channels);
    config->network.height = shape[2];
    config->network.width = shape[3];
    input->x = x->data;
    input->image = shape[1] * shape[2] * shape[3];
    input->count = from->limit && from->limit < shape[0] ? from->limit : shape[0];
    return RN_OK;
}

/* The images of the tensor itself, or of the last, smaller batch a copy; of several processes each
 * has its rows of them, as the loader gives them. */
static rn_status next_of_tensor(rn_predict_input *input, rn_batch *batch)
{
    int64_t left = input->count - input->next;
    int64_t count = left < input->batch ? left : input->batch;
    const float *images = input->x + input->next * input->image;
    if (count > 0 && count < input->batch) {
        size_t size = (size_t)(input->batch * input->image);
        input->last = calloc(size, sizeof *input->last);
        if (!input->last)
            return rn_fail(RN_E_NOMEM, "no memory for a batch; lower train.eval_batch");
        memcpy(input->last, images, (size_t)(count * input->image) * sizeof *images);
        images = input->last;
    }
    for (int64_t i = 0; i < count; i++)
        input->numbers[i] = input->next + i;
    const rn_rows rows = rn_share_rows(&input->share, input->batch);
    int64_t n_here = count - rows.first < rows.count ? count - rows.first : rows.count;
    *batch = (rn_batch){ .images = images + rows.first * input->image,
                         .count = count,
                         .first = rows.first,
                         .n_here = n_here > 0 ? n_here : 0,
                         .samples = input->numbers };
    input->next += count;
    return RN_OK;
}

/* ---- All kinds ---- */

static rn_status open_source(const rn_predict_source *from, rn_config *config,
                             rn_predict_input *input)
{
    static const char *const none[1] = { NULL };
    if (from->pictures || from->tensor)
        return rn_source_open_pictures(config, from->pictures ? from->pictures : none,
                                       from->n_pictures, from->limit, &input->source);
    return rn_source_open(config, RN_SPLIT_VALIDATION, from->limit, &input->source);
}

rn_status rn_predict_input_open(const rn_predict_source *from, rn_config *config,
                                rn_predict_input *input)
{
    rn_status status = from->tensor ? open_tensor(from, config, input) : RN_OK;
    if (!status)
        status = open_source(from, config, input);
    if (status)
        return status;
    input->has_labels = !from->pictures && !from->tensor;
    if (!from->tensor)
        input->count = input->source->dataset->count;
    int64_t most = config->train.eval_batch ? config->train.eval_batch : BATCH;
    input->batch = input->count < most ? input->count : most;
    return RN_OK;
}

void rn_predict_input_share(rn_predict_input *input, const rn_session *session)
{
    input->batch = rn_evaluate_batch(session, input->batch);
}

rn_status rn_predict_input_start(rn_predict_input *input, const rn_session *session,
                                 rn_predict_skipped *skipped, void *context)
{
    rn_loader_params params = rn_evaluate_loader(session, input->source, NULL);
    input->share = params.share;
    if (input->x) {
        input->numbers = calloc((size_t)input->batch, sizeof *input->numbers);
        return input->numbers ? RN_OK : rn_fail(RN_E_NOMEM, "no memory for a batch");
    }
    params.batch = input->batch;
    params.pads = true;
    params.skipped = skipped;
    params.context = context;
    return rn_loader_create(&params, &input->loader);
}

rn_status rn_predict_input_next(rn_predict_input *input, rn_batch *batch)
{
    return input->loader ? rn_loader_next(input->loader, batch) : next_of_tensor(input, batch);
}

void rn_predict_input_close(rn_predict_input *input)
{
    rn_loader_destroy(input->loader);
    rn_source_close(input->source);
    rn_safetensors_destroy(input->file);
    free(input->numbers);
    free(input->last);
}
