/* batch_norm_passes.c: divides the passes of batch norm among threads and over time. */
#include "onednn/batch_norm_passes.h"

#include <string.h>

/* The most pixels in a part. On Zen 4, 256 makes the second pass over 128x64x48x48 take 4.8 ms
 * instead of 3.4: it goes backwards from part to part, and the prefetcher starts again at each. */
#define PART_PIXELS 2048

/* Pixels summed in float before the sum is added in double; for small planes also the pixels of a
 * part. */
#define SUM_PIXELS 512

/* Bytes that a thread may read in the first pass and still find cached in the second: half of a
 * core's own cache today. Zen 4, 128x128x12x12: 0.50 ms, with 2 MB 0.67. */
#define THREAD_BYTES (512 << 10)

/* Bytes of a part with channels last, for all blocks: they stay cached while a thread goes from
 * block to block. */
#define LOT_BYTES (256 << 10)

/* The division of a call: each block into parts, and the parts into slices; a slice of the blocks
 * of a lot is the unit of work for a thread. */
typedef struct norm_plan {
    int64_t blocks, pixels, lot;
    int64_t images;                    /* in the batch; with channels last as one, of all pixels */
    int64_t part_images, part_columns; /* images per part, or parts per image; the other is 1 */
    int64_t parts;                     /* per block */
    int64_t group_blocks;              /* blocks processed between two waits */
    int64_t slices;                    /* per block */
} norm_plan;

typedef struct norm_job {
    const norm_call *call;
    norm_plan plan;
    int64_t first_block;
    norm_sums *sums;  /* for each slice of the blocks processed together */
    norm_line *lines; /* for each block */
} norm_job;

static int64_t min(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* The blocks of a group. All of them if they are neighbours, and if synchronised: the ranks sum
 * once, so by the second pass the caches hold what was read last. */
static int64_t group_blocks(const rn_context *context, const rn_op_desc *desc,
                            const norm_passes *passes)
{
    const rn_tensor_desc *x = desc->inputs[0];
    int64_t blocks = onednn_blocks(x);
    if (!passes->sum || rank_sums_wanted(desc) || onednn_lot(x) > 1)
        return blocks;
    int64_t bytes =
        x->shape[0] * onednn_pixels(x) * ONEDNN_LANES * onednn_element_bytes(x) * passes->tensors;
    int64_t max_blocks = context->n_threads * (int64_t)THREAD_BYTES / bytes;
    int64_t rounds = shape_divide_up(blocks, max_blocks > 1 ? max_blocks : 1);
    return shape_divide_up(blocks, rounds);
}

/* The pixels of a part with channels last. */
static int64_t lot_pixels(const rn_tensor_desc *x)
{
    return min(SUM_PIXELS, shape_divide_up(LOT_BYTES, x->shape[1] * onednn_element_bytes(x)));
}

static norm_plan plan_make(const rn_context *context, const rn_op_desc *desc,
                           const norm_passes *passes)
{
    const rn_tensor_desc *x = desc->inputs[0];
    norm_plan p = { .blocks = onednn_blocks(x),
                    .pixels = onednn_pixels(x),
                    .lot = onednn_lot(x),
                    .images = x->shape[0],
                    .part_images = 1,
                    .part_columns = 1 };
    if (x->layout == ONEDNN_CHANNELS_LAST) {
        p.pixels *= p.images;
        p.images = 1;
        p.part_columns = shape_divide_up(p.pixels, lot_pixels(x));
    } else if (p.pixels * 2 <= SUM_PIXELS)
        p.part_images = SUM_PIXELS / p.pixels;
    else
        p.part_columns = shape_divide_up(p.pixels, PART_PIXELS);
    p.parts = shape_divide_up(p.images, p.part_images) * p.part_columns;
    p.group_blocks = group_blocks(context, desc, passes);
    /* Enough for the threads to get equal shares. */
    p.slices = min(p.parts, shape_divide_up(8 * context->n_threads, p.group_blocks / p.lot));
    return p;
}

static uint64_t workspace_bytes(const norm_plan *p)
{
    return (uint64_t)p->group_blocks *
           ((uint64_t)p->slices * sizeof(norm_sums) + sizeof(norm_line));
}

rn_status onednn_norm_query(rn_context *context, const rn_op_desc *desc, const norm_passes *passes,
                            rn_op_answer *answer)
{
    norm_plan p = plan_make(context, desc, passes);
    answer->workspace_bytes = workspace_bytes(&p);
    return cpu_ranks_query(context, desc, answer);
}

static norm_part part_at(const norm_plan *p, int64_t block, int64_t index)
{
    int64_t image = index / p->part_columns * p->part_images;
    int64_t width = shape_divide_up(p->pixels, p->part_columns);
    int64_t at = index % p->part_columns * width;
    int64_t block_first = onednn_block_first(block, p->pixels, p->lot);
    return (norm_part){ .first = image * p->blocks * p->pixels + block_first + at * p->lot,
                        .count = min(width, p->pixels - at),
                        .step = p->lot,
                        .images = min(p->part_images, p->images - image),
                        .stride = p->blocks * p->pixels,
                        .block = block,
                        .block_first = block_first };
}

static shape_range slice_parts(const norm_plan *p, int64_t slice)
{
    return (shape_range){ p->parts * slice / p->slices, p->parts * (slice + 1) / p->slices };
}

/* Adds up a part, piece by piece. */
static void part_sum(const norm_call *call, norm_part part, norm_sums *sums)
{
    for (int64_t left = part.count; left > 0; left -= part.count) {
        part.count = min(SUM_PIXELS, left);
        call->passes->sum(call, &part, sums);
        part.first += part.count * part.step;
    }
}

static void sum_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const norm_job *job = argument;
    const norm_plan *p = &job->plan;
    (void)thread;
    for (int64_t i = begin; i < end; i++) {
        shape_range parts = slice_parts(p, i % p->slices);
        int64_t first = i / p->slices * p->lot;
        norm_sums *sums = &job->sums[first * p->slices + i % p->slices];
        for (int64_t b = 0; b < p->lot; b++)
            sums[b * p->slices] = (norm_sums){ { 0 }, { 0 }, { 0 } };
        for (int64_t j = parts.begin; j < parts.end; j++)
            for (int64_t b = 0; b < p->lot; b++)
                part_sum(job->call, part_at(p, job->first_block + first + b, j),
                         &sums[b * p->slices]);
    }
}

/* Adds up a block's slices, in the first. */
static norm_sums *block_sums(const norm_job *job, int64_t i)
{
    const norm_plan *p = &job->plan;
    norm_sums *sums = &job->sums[i * p->slices];
    for (int64_t slice = 1; slice < p->slices && job->call->passes->sum; slice++)
        for (int l = 0; l < ONEDNN_LANES; l++) {
            sums->first[l] += sums[slice].first[l];
            sums->second[l] += sums[slice].second[l];
        }
    return sums;
}

static void give_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const norm_job *job = argument;
    (void)thread;
    for (int64_t i = begin; i < end; i++)
        job->call->passes->give(job->call, i, block_sums(job, i));
}

static void finish_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const norm_job *job = argument;
    const norm_plan *p = &job->plan;
    (void)thread;
    for (int64_t i = begin; i < end; i++) {
        const norm_sums *sums =
            job->call->of_ranks ? &job->sums[i * p->slices] : block_sums(job, i);
        memset(&job->lines[i], 0, sizeof job->lines[i]);
        job->call->passes->finish(job->call, job->first_block + i, sums, &job->lines[i]);
    }
}

/* Goes backwards: what was read last is still in the cache. */
static void apply_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const norm_job *job = argument;
    const norm_plan *p = &job->plan;
    (void)thread;
    for (int64_t i = end - 1; i >= begin; i--) {
        shape_range parts = slice_parts(p, i % p->slices);
        int64_t first = i / p->slices * p->lot;
        for (int64_t j = parts.end - 1; j >= parts.begin; j--)
            for (int64_t b = first; b < first + p->lot; b++) {
                norm_part part = part_at(p, job->first_block + b, j);
                job->call->passes->apply(job->call, &part, &job->lines[b]);
            }
    }
}

void onednn_norm_run(const rn_kernel *kernel, void *const *operands, const norm_passes *passes,
                     void *workspace)
{
    rn_context *context = kernel->context;
    norm_call call = { .desc = &kernel->desc,
                       .operands = operands,
                       .passes = passes,
                       .n_ranks = rank_sums_ranks(&context->ranks, &kernel->desc) };
    norm_job job = { .call = &call, .plan = plan_make(context, &kernel->desc, passes) };
    const norm_plan *p = &job.plan;
    job.sums = workspace;
    job.lines = (norm_line *)(job.sums + p->group_blocks * p->slices);
    if (rank_sums_wanted(&kernel->desc))
        call.of_ranks = (double *)(job.lines + p->group_blocks);
    for (; job.first_block < p->blocks; job.first_block += p->group_blocks) {
        int64_t blocks = min(p->group_blocks, p->blocks - job.first_block);
        if (passes->sum)
            cpu_parallel(context, blocks / p->lot * p->slices, sum_work, &job);
        if (call.of_ranks) {
            cpu_parallel(context, blocks, give_work, &job);
            if (!cpu_ranks_sum(context, &kernel->desc, call.of_ranks))
                return;
        }
        cpu_parallel(context, blocks, finish_work, &job);
        cpu_parallel(context, blocks / p->lot * p->slices, apply_work, &job);
    }
}
