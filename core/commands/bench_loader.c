/* bench_loader.c: runs a loader without steps. */
#include "commands/bench_loader.h"

#include <stdio.h>

#include "base/interrupt.h"
#include "base/status.h"
#include "base/text.h"
#include "plugin/registry.h"

typedef struct stage {
    const char *name;
    double ms; /* of a worker, per image */
} stage;

enum { N_STAGES = 4 };

static void list_stages(const rn_bench_loader *loader, stage stages[N_STAGES])
{
    const rn_loader_times *t = &loader->times;
    double per_image = t->n_samples ? 1e3 / (double)t->n_samples : 0;
    stages[0] = (stage){ "read", t->read_s * per_image };
    stages[1] = (stage){ "decode", t->decode_s * per_image };
    stages[2] = (stage){ "transform", t->transform_s * per_image };
    stages[3] = (stage){ "mix", t->mix_s * per_image };
}

static const char *slowest(const stage stages[N_STAGES])
{
    int best = 0;
    for (int i = 1; i < N_STAGES; i++)
        if (stages[i].ms > stages[best].ms)
            best = i;
    return stages[best].name;
}

static double now_s(void)
{
    return (double)rn_host_table()->time_ns() * 1e-9;
}

rn_status rn_bench_loader_measure(const rn_loader_params *params, int64_t n_batches,
                                  rn_bench_loader *result)
{
    rn_loader *loader = NULL;
    rn_batch batch;
    double start_s = now_s();
    int64_t n_images = 0;
    *result = (rn_bench_loader){ .workers = params->workers > 0 ? params->workers : 1,
                                 .held_bytes = rn_loader_bytes(params) };
    rn_status status = rn_loader_create(params, &loader);
    for (int64_t i = 0; i < n_batches && !status && !rn_interrupt_signal(); i++) {
        status = rn_loader_next(loader, &batch);
        if (status || batch.count == 0)
            break;
        n_images += batch.count;
    }
    if (!status) {
        result->n_images = n_images;
        result->times = rn_loader_read_times(loader);
        result->images_per_s = (double)n_images / (now_s() - start_s);
    }
    rn_loader_destroy(loader);
    return status;
}

void rn_bench_loader_print(const rn_bench_loader *loader, double wait_ms)
{
    stage stages[N_STAGES];
    list_stages(loader, stages);
    rn_print(
        stdout,
        "loader: %.0f images/s by itself with %lld worker%s and %.1f MiB of pictures; a worker "
        "takes for an image",
        loader->images_per_s, (long long)loader->workers, loader->workers > 1 ? "s" : "",
        (double)loader->held_bytes / (1 << 20));
    for (int i = 0; i < N_STAGES; i++)
        rn_print(stdout, "%s %s %.3f ms", i ? "," : "", stages[i].name, stages[i].ms);
    rn_print(stdout, "; the slowest stage is %s; a step waits %.2f ms\n", slowest(stages), wait_ms);
}

json_t *rn_bench_loader_json(const rn_bench_loader *loader)
{
    stage stages[N_STAGES];
    list_stages(loader, stages);
    return json_pack("{s:I, s:I, s:f, s:f, s:f, s:f, s:f, s:s}", "workers",
                     (json_int_t)loader->workers, "held_bytes", (json_int_t)loader->held_bytes,
                     "images_per_s", loader->images_per_s, "read_ms", stages[0].ms, "decode_ms",
                     stages[1].ms, "transform_ms", stages[2].ms, "mix_ms", stages[3].ms, "slowest",
                     slowest(stages));
}
