/* pipeline.c: runs a list of transforms. First the part of its input that each step looks at is
 * found, from the last step to the first; then each step makes no more than the next one needs. */
#include "data/pipeline.h"

#include <inttypes.h>
#include <string.h>

#include "base/status.h"
#include "data/pipeline_parts.h"

/* What the steps from `first` to before `n` do with one picture. Step i makes `wanted[i + 1]` of a
 * picture of `sizes[i + 1]`, and looks at `wanted[i]`. */
struct plan {
    int first, n;
    rn_size sizes[RN_PIPELINE_MAX_STEPS + 1];
    rn_window wanted[RN_PIPELINE_MAX_STEPS + 1];
};

static rn_size step_size(const rn_step *step, rn_size from)
{
    return step->kind->size ? step->kind->size(step->state, from) : from;
}

static rn_draw step_draw(const rn_draw *draw, int i)
{
    rn_draw of_step = *draw;
    of_step.stream = (uint32_t)i;
    of_step.next = 0;
    return of_step;
}

static rn_window step_needs(const rn_step *step, rn_draw draw, rn_size from, rn_window wanted)
{
    return step->kind->needs ? step->kind->needs(step->state, draw, from, wanted)
                             : rn_window_all(from);
}

/* Fills in the sizes and windows. */
static void make_plan(const rn_pipeline *pipeline, const rn_draw *draw, rn_size from,
                      struct plan *plan)
{
    int n = plan->n;
    plan->sizes[plan->first] = from;
    for (int i = plan->first; i < n; i++)
        plan->sizes[i + 1] = step_size(&pipeline->steps[i], plan->sizes[i]);
    plan->wanted[n] = rn_window_all(plan->sizes[n]);
    for (int i = n - 1; i >= plan->first; i--)
        plan->wanted[i] = step_needs(&pipeline->steps[i], step_draw(draw, i), plan->sizes[i],
                                     plan->wanted[i + 1]);
}

static struct plan plan_pictures(const rn_pipeline *pipeline, const rn_draw *draw, rn_size from)
{
    struct plan plan = { .first = pipeline->first, .n = pipeline->n_picture_steps };
    make_plan(pipeline, draw, from, &plan);
    return plan;
}

/* The fixed steps look at none of the numbers that they are given. */
static struct plan plan_fixed(const rn_pipeline *pipeline, rn_size from)
{
    const rn_draw nothing = { 0 };
    struct plan plan = { .n = pipeline->n_fixed };
    make_plan(pipeline, &nothing, from, &plan);
    return plan;
}

rn_size rn_pipeline_size(const rn_pipeline *pipeline, rn_size from)
{
    for (int i = 0; i < pipeline->n_picture_steps; i++)
        from = step_size(&pipeline->steps[i], from);
    return from;
}

/* How many times smaller a picture may be decoded so that the first step still shrinks it. A fixed
 * step gives the same answer whatever part of its result is wanted, as data.cache needs it. */
static int32_t allowed_shrink(const rn_pipeline *pipeline, const struct plan *plan)
{
    const rn_step *step = &pipeline->steps[plan->first];
    int32_t shrink = 8;
    if (!pipeline->fast_decode || plan->n == plan->first || !step->kind->takes_shrunk)
        return 1;
    rn_window from = plan->wanted[plan->first], to = plan->wanted[plan->first + 1];
    if (step->kind->is_fixed) {
        from = rn_window_all(plan->sizes[plan->first]);
        to = rn_window_all(plan->sizes[plan->first + 1]);
    }
    while (shrink > 1 && (from.height < shrink * to.height || from.width < shrink * to.width))
        shrink /= 2;
    return shrink;
}

rn_window rn_pipeline_needs(const rn_pipeline *pipeline, const rn_draw *draw, rn_size from,
                            int32_t *shrink)
{
    struct plan plan = plan_pictures(pipeline, draw, from);
    *shrink = allowed_shrink(pipeline, &plan);
    return plan.wanted[plan.first];
}

rn_window rn_pipeline_fixed_needs(const rn_pipeline *pipeline, rn_size from, int32_t *shrink)
{
    struct plan plan = plan_fixed(pipeline, from);
    *shrink = allowed_shrink(pipeline, &plan);
    return plan.wanted[0];
}

/* Replaces borrowed memory, which a step would change, by a copy. */
static rn_status own(rn_picture *picture, rn_picture *spare)
{
    if (picture->bytes_capacity > 0)
        return RN_OK;
    rn_status status = rn_picture_make_window(spare, picture->type, picture->channels,
                                              picture->full, picture->window);
    if (status)
        return status;
    memcpy(spare->bytes, picture->bytes, rn_picture_count(picture));
    rn_picture_swap(picture, spare);
    return RN_OK;
}

static rn_status run_step(const rn_step *step, rn_draw draw, rn_window wanted, rn_picture *picture,
                          rn_picture *spare)
{
    rn_status status = RN_OK;
    if (picture->type == RN_PICTURE_U8 && !step->kind->keeps_input)
        status = own(picture, spare);
    return status ? status : step->kind->apply(step->state, draw, wanted, picture, spare);
}

static rn_status check_channels(const rn_pipeline *pipeline, const rn_picture *picture)
{
    if (picture->channels == pipeline->channels)
        return RN_OK;
    return rn_fail(RN_E_DATA,
                   "found a picture of %" PRId64 " channels, expected %" PRId64 " as of the others",
                   picture->channels, pipeline->channels);
}

/* Whether step i has nothing to do but to keep the size. */
static bool keeps_size(const rn_pipeline *pipeline, const struct plan *plan, int i)
{
    const rn_size *from = &plan->sizes[i], *to = &plan->sizes[i + 1];
    return pipeline->steps[i].kind == &rn_transform_resize && from->height == to->height &&
           from->width == to->width;
}

static rn_status check_floats(const rn_pipeline *pipeline, const struct plan *plan)
{
    for (int i = plan->first; i < pipeline->normalise; i++) {
        const rn_transform_kind *kind = pipeline->steps[i].kind;
        if (!kind->moves_only && !keeps_size(pipeline, plan, i))
            return rn_fail(RN_E_DATA,
                           "transform \"%s\" works on bytes, but the data set has floats; expected "
                           "only crops and flips before normalise",
                           kind->name);
    }
    return RN_OK;
}

static rn_status check_result(const rn_pipeline *pipeline, const struct plan *plan)
{
    rn_size from = plan->sizes[plan->first], to = plan->sizes[plan->n], input = pipeline->input;
    if (to.height == input.height && to.width == input.width)
        return RN_OK;
    return rn_fail(RN_E_DATA,
                   "data.transforms make a picture of %" PRId64 "x%" PRId64 " from one of %" PRId64
                   "x%" PRId64 ", but network.input is %" PRId64 "x%" PRId64
                   "; end the list with a crop",
                   to.height, to.width, from.height, from.width, input.height, input.width);
}

static rn_status check_window(const struct plan *plan, const rn_picture *picture)
{
    const rn_window *found = &picture->window, *needed = &plan->wanted[plan->first];
    if (picture->shrunk > 1 || rn_window_contains(*found, *needed))
        return RN_OK;
    return rn_fail(RN_E_DATA,
                   "found %" PRId64 "x%" PRId64 " pixels from %" PRId64 ",%" PRId64
                   " of a picture, expected %" PRId64 "x%" PRId64 " from %" PRId64 ",%" PRId64,
                   found->height, found->width, found->top, found->left, needed->height,
                   needed->width, needed->top, needed->left);
}

/* Runs the steps before the one that normalises. */
static rn_status run_bytes(const rn_pipeline *pipeline, const rn_draw *draw,
                           const struct plan *plan, rn_picture *picture, rn_picture *spare)
{
    rn_status status = RN_OK;
    int end = plan->n < pipeline->normalise ? plan->n : pipeline->normalise;
    for (int i = plan->first; i < end && !status; i++)
        if (!keeps_size(pipeline, plan, i) || picture->shrunk > 1)
            status = run_step(&pipeline->steps[i], step_draw(draw, i), plan->wanted[i + 1], picture,
                              spare);
    return status;
}

/* The same for floats. */
static rn_status run_packed(const rn_pipeline *pipeline, const rn_draw *draw,
                            const struct plan *plan, rn_picture *picture, rn_picture *spare)
{
    if (pipeline->normalise == 0)
        return RN_OK;
    rn_status status = check_floats(pipeline, plan);
    if (status)
        return status;
    status = rn_floats_pack(picture, spare);
    if (status)
        return status;
    status = run_bytes(pipeline, draw, plan, picture, spare);
    return status ? status : rn_floats_unpack(picture, spare);
}

/* Runs the steps up to the one that normalises. `plan` is that of all steps on pictures. */
static rn_status run_first(const rn_pipeline *pipeline, const rn_draw *draw,
                           const struct plan *plan, rn_picture *picture, rn_picture *spare)
{
    rn_status status = check_channels(pipeline, picture);
    if (status)
        return status;
    status = check_result(pipeline, plan);
    if (status)
        return status;
    status = check_window(plan, picture);
    if (status)
        return status;
    return picture->type == RN_PICTURE_F32 ? run_packed(pipeline, draw, plan, picture, spare)
                                           : run_bytes(pipeline, draw, plan, picture, spare);
}

/* Normalises into `to`, where the steps that follow work in place. */
static rn_status run_floats(const rn_pipeline *pipeline, const rn_draw *draw,
                            const struct plan *plan, rn_picture *picture, float *to)
{
    rn_window all = rn_window_all(pipeline->input);
    size_t count = (size_t)(all.height * all.width * pipeline->channels);
    rn_picture result = { .values = to, .values_capacity = count * sizeof *to };
    rn_status status = RN_OK;
    for (int i = pipeline->normalise; i < plan->n && !status; i++)
        status = run_step(&pipeline->steps[i], step_draw(draw, i), all, picture, &result);
    if (picture->values == to)
        rn_picture_swap(picture, &result);
    return status;
}

rn_status rn_pipeline_run(const rn_pipeline *pipeline, const rn_draw *draw, rn_picture *picture,
                          rn_picture *spare, float *to)
{
    struct plan plan = plan_pictures(pipeline, draw, rn_picture_size(picture));
    rn_status status = run_first(pipeline, draw, &plan, picture, spare);
    return status ? status : run_floats(pipeline, draw, &plan, picture, to);
}

const float *rn_pipeline_byte_values(const rn_pipeline *pipeline)
{
    if (pipeline->normalise != pipeline->n_steps - 1)
        return NULL;
    return rn_transform_byte_values(pipeline->steps[pipeline->normalise].state);
}

rn_status rn_pipeline_run_bytes(const rn_pipeline *pipeline, const rn_draw *draw,
                                rn_picture *picture, rn_picture *spare, uint8_t *to)
{
    struct plan plan = plan_pictures(pipeline, draw, rn_picture_size(picture));
    rn_status status = run_first(pipeline, draw, &plan, picture, spare);
    if (status)
        return status;
    const rn_window *here = &picture->window;
    int64_t row = pipeline->input.width * pipeline->channels;
    for (int64_t y = 0; y < pipeline->input.height; y++)
        memcpy(to + y * row,
               picture->bytes + ((y - here->top) * here->width - here->left) * pipeline->channels,
               (size_t)row);
    return RN_OK;
}

rn_status rn_pipeline_show(const rn_pipeline *pipeline, const rn_draw *draw, rn_picture *picture,
                           rn_picture *spare)
{
    struct plan plan = plan_pictures(pipeline, draw, rn_picture_size(picture));
    rn_status status = run_first(pipeline, draw, &plan, picture, spare);
    if (status || picture->type == RN_PICTURE_U8)
        return status;
    return rn_floats_show(picture, spare);
}

rn_status rn_pipeline_run_fixed(const rn_pipeline *pipeline, rn_picture *picture, rn_picture *spare)
{
    const rn_draw nothing = { 0 };
    struct plan plan = plan_fixed(pipeline, rn_picture_size(picture));
    rn_status status = check_channels(pipeline, picture);
    if (!status)
        status = check_window(&plan, picture);
    return status ? status : run_bytes(pipeline, &nothing, &plan, picture, spare);
}

rn_size rn_pipeline_result(const rn_pipeline *pipeline)
{
    return pipeline->input;
}

bool rn_pipeline_normalises(const rn_pipeline *pipeline)
{
    return pipeline->normalises;
}

bool rn_pipeline_mixes(const rn_pipeline *pipeline)
{
    return pipeline->n_steps > pipeline->n_picture_steps;
}

/* Of several steps that mix, each batch gets one, as by torchvision's RandomChoice. */
static int choose_mix(const rn_pipeline *pipeline, const rn_draw *draw)
{
    rn_draw of_choice = step_draw(draw, pipeline->n_steps);
    int64_t n = pipeline->n_steps - pipeline->n_picture_steps;
    return pipeline->n_picture_steps + (int)rn_draw_below(&of_choice, n);
}

void rn_pipeline_mix(const rn_pipeline *pipeline, const rn_draw *draw, float *images,
                     const int32_t *labels, int64_t count, int64_t n_classes, float *targets)
{
    const rn_batch_shape shape = { .count = count,
                                   .channels = pipeline->channels,
                                   .height = pipeline->input.height,
                                   .width = pipeline->input.width,
                                   .n_classes = n_classes };
    memset(targets, 0, (size_t)(count * n_classes) * sizeof *targets);
    for (int64_t i = 0; i < count; i++)
        targets[i * n_classes + labels[i]] = 1.0F;
    if (count < 2)
        return;
    int i = choose_mix(pipeline, draw);
    const rn_step *step = &pipeline->steps[i];
    step->kind->mix(step->state, step_draw(draw, i), &shape, images, targets);
}
