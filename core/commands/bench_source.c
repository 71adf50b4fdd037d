/* bench_source.c: opens a data set and its loader, or makes a batch. */
#include "commands/bench_source.h"

#include "base/status.h"
#include "train/caching.h"
#include "train/evaluate.h"

void rn_bench_source_close(rn_bench_source *source)
{
    rn_loader_destroy(source->steps.loader);
    rn_source_close(source->data);
    rn_synthetic_clear(&source->made);
}

rn_status rn_bench_source_find(rn_session *session, const rn_bench_options *options,
                               rn_bench_source *source)
{
    if (!options->loader)
        return RN_OK;
    rn_status status = rn_source_open_split(session->config, RN_SPLIT_TRAIN, &source->data);
    if (!status)
        session->train_bytes = session->evaluation_bytes =
            rn_source_byte_values(source->data) != NULL;
    return status;
}

static rn_status open_loader(const rn_session *session, const rn_bench_options *options,
                             int64_t batch, rn_bench_source *source)
{
    rn_status status = rn_caching_start(source->data, options->json);
    if (status)
        return status;
    int64_t n_batches = source->data->dataset->count / batch;
    if (n_batches < options->warmup + options->steps)
        return rn_fail(RN_E_CONFIG, "the data set has %lld full batches, fewer than the %lld steps",
                       (long long)n_batches, (long long)(options->warmup + options->steps));
    rn_loader_params params = rn_evaluate_loader(session, source->data, NULL);
    params.batch = batch;
    params.batch_key = "--batch";
    params.shuffle = true;
    params.drop_last = true;
    params.trains = true;
    params.bytes = rn_session_takes_bytes(session, rn_pass_trains(source->steps.pass));
    status = rn_bench_loader_measure(&params, options->steps, &source->alone);
    return status ? status : rn_loader_create(&params, &source->steps.loader);
}

rn_status rn_bench_source_open(const rn_session *session, const rn_bench_options *options,
                               int64_t batch, rn_bench_source *source)
{
    if (options->loader)
        return open_loader(session, options, batch, source);
    rn_status status = rn_synthetic_make(session->config, batch, &source->made);
    source->made.batch.stays = options->resident;
    source->steps.next = source->made.batch;
    return status;
}
