/* cudnn_loops.c: computes the three convolution passes of the stand-in for cuDNN.
 *
 * Images are N, H, W, C floats. The filter of one group and tap is a matrix of `in` rows of `out`
 * numbers, where `out` are the output's channels in the forward and filter-gradient passes, and the
 * input's channels in the data-gradient pass. */
#include <fenv.h>
#include <stdlib.h>
#include <string.h>

#include "cudnn_sim.h"
#include "values.h"

typedef float four __attribute__((vector_size(16), aligned(4), may_alias));

typedef struct dnn_run {
    const dnn_job *job;
    float *x, *y, *w;
    bool backwards; /* add from the last element to the first */
} dnn_run;

/* out[j] += sum over i of in[i] * matrix[i][j] */
static void add_rows(float *out, int n_out, const float *in, int n_in, const float *matrix)
{
    int j = 0;
    for (; j + 16 <= n_out; j += 16) {
        four sum[4] = { { 0 } };
        for (int i = 0; i < n_in; i++) {
            const four *row = (const four *)(matrix + (size_t)i * (size_t)n_out + j);
            for (int v = 0; v < 4; v++)
                sum[v] += in[i] * row[v];
        }
        for (int v = 0; v < 4; v++)
            ((four *)(out + j))[v] += sum[v];
    }
    for (; j + 4 <= n_out; j += 4) {
        four sum = { 0 };
        for (int i = 0; i < n_in; i++)
            sum += in[i] * *(const four *)(matrix + (size_t)i * (size_t)n_out + j);
        *(four *)(out + j) += sum;
    }
    for (; j < n_out; j++) {
        float sum = 0;
        for (int i = 0; i < n_in; i++)
            sum += in[i] * *(matrix + (size_t)i * (size_t)n_out + j);
        out[j] += sum;
    }
}

/* As add_rows, summed in the opposite order. */
static void add_rows_backwards(float *out, int n_out, const float *in, int n_in,
                               const float *matrix)
{
    for (int i = n_in - 1; i >= 0; i--) {
        const float *row = matrix + (size_t)i * (size_t)n_out;
        for (int j = 0; j < n_out; j++)
            out[j] += in[i] * row[j];
    }
}

/* matrix[i][j] += in[i] * out[j] */
static void add_product(float *matrix, const float *in, int n_in, const float *out, int n_out)
{
    for (int i = 0; i < n_in; i++) {
        float *row = matrix + (size_t)i * (size_t)n_out;
        int j = 0;
        for (; j + 4 <= n_out; j += 4)
            *(four *)(row + j) += in[i] * *(const four *)(out + j);
        for (; j < n_out; j++)
            row[j] += in[i] * out[j];
    }
}

/* Applies one tap of the filter between one pixel of x and one of y, in all groups. */
static void tap_add(const dnn_run *run, float *x, float *y, int tap)
{
    const dnn_problem *problem = &run->job->problem;
    int groups = problem->convolution.groups, c = problem->w.values.dims[1];
    int k = problem->w.values.dims[0] / groups;
    size_t matrix = (size_t)c * (size_t)k;
    for (int g = 0; g < groups; g++) {
        float *w = run->w + ((size_t)tap * (size_t)groups + (size_t)g) * matrix;
        if (problem->pass == DNN_FORWARD)
            add_rows(y + g * k, k, x + g * c, c, w);
        else if (problem->pass == DNN_FILTERS)
            add_product(w, x + g * c, c, y + g * k, k);
        else if (run->backwards)
            add_rows_backwards(x + g * c, c, y + g * k, k, w);
        else
            add_rows(x + g * c, c, y + g * k, k, w);
    }
}

/* Applies all taps of one pixel of y. */
static void pixel_add(const dnn_run *run, int64_t i)
{
    const dnn_problem *problem = &run->job->problem;
    const struct cudnnConvolutionStruct *convolution = &problem->convolution;
    const int *x = problem->x.dims, *y = problem->y.dims, *w = problem->w.values.dims;
    int64_t image = i / y[3] / y[2];
    int row = (int)(i / y[3] % y[2]) * convolution->stride[0] - convolution->pad[0];
    int column = (int)(i % y[3]) * convolution->stride[1] - convolution->pad[1];
    for (int tap = 0; tap < w[2] * w[3]; tap++) {
        int at_row = row + tap / w[3] * convolution->dilation[0];
        int at_column = column + tap % w[3] * convolution->dilation[1];
        if (at_row >= 0 && at_row < x[2] && at_column >= 0 && at_column < x[3]) {
            tap_add(run, run->x + ((image * x[2] + at_row) * x[3] + at_column) * x[1],
                    run->y + i * y[1],
                    convolution->mode == CUDNN_CONVOLUTION ? w[2] * w[3] - 1 - tap : tap);
        }
    }
}

size_t dnn_matrix_at(const dnn_problem *problem, int k, int c, int tap)
{
    size_t groups = (size_t)problem->convolution.groups;
    size_t n_c = (size_t)problem->w.values.dims[1];
    size_t n_k = (size_t)problem->w.values.dims[0] / groups;
    size_t group = (size_t)k / n_k, inner_k = (size_t)k % n_k;
    size_t offset =
        problem->pass == DNN_DATA ? inner_k * n_c + (size_t)c : (size_t)c * n_k + inner_k;
    return ((size_t)tap * groups + group) * n_c * n_k + offset;
}

static void copy_filter(const dnn_run *run, bool store)
{
    const dnn_job *job = run->job;
    const struct cudnnTensorStruct *w = &job->problem.w.values;
    int taps = w->dims[2] * w->dims[3];
    for (int k = 0; k < w->dims[0]; k++) {
        for (int i = 0; i < w->dims[1] * taps; i++) {
            int c = i / taps, tap = i % taps;
            int64_t at = (int64_t)k * w->strides[0] + (int64_t)c * w->strides[1] +
                         tap / w->dims[3] * w->strides[2] + tap % w->dims[3] * w->strides[3];
            float *value = run->w + dnn_matrix_at(&job->problem, k, c, tap);
            if (!store) {
                *value = dnn_value(w->type, job->w, at);
                continue;
            }
            float old = job->blend.beta != 0 ? job->blend.beta * dnn_value(w->type, job->w, at) : 0;
            dnn_set_value(w->type, job->w, at, job->blend.alpha * *value + old);
        }
    }
}

/* Sums each image separately, so that long sums do not exceed float's precision. */
static void filter_gradient(const dnn_run *run)
{
    const int *y = run->job->problem.y.dims;
    size_t count = (size_t)dnn_tensor_count(&run->job->problem.w.values);
    float *total = calloc(count, sizeof *total);
    int64_t pixels = (int64_t)y[2] * y[3];
    for (int n = 0; n < y[0]; n++) {
        memset(run->w, 0, count * sizeof *run->w);
        for (int64_t i = 0; i < pixels; i++)
            pixel_add(run, n * pixels + (run->backwards ? pixels - 1 - i : i));
        for (size_t i = 0; i < count; i++)
            total[i] += run->w[i];
    }
    memcpy(run->w, total, count * sizeof *run->w);
    free(total);
}

/* Tensor cores add products, which are exact, and cut off what a float cannot hold.
 *
 * Source: Fasi, Higham, Mikaitis and Pranesh, "Numerical behavior of NVIDIA tensor cores" (PeerJ
 * Computer Science, 2021). */
static void convolve(const dnn_run *run, int64_t pixels, bool on_tensor_cores)
{
    const dnn_transform how = dnn_algo_transform(run->job->problem.pass, run->job->algo);
    if (on_tensor_cores)
        fesetround(FE_TOWARDZERO);
    if (how)
        dnn_transform_run(&run->job->problem, how, run->x, run->y, run->w);
    else if (run->job->problem.pass == DNN_FILTERS)
        filter_gradient(run);
    else
        for (int64_t i = 0; i < pixels; i++)
            pixel_add(run, run->backwards ? pixels - 1 - i : i);
    fesetround(FE_TONEAREST);
}

static void round_operands(const dnn_run *run)
{
    const dnn_problem *problem = &run->job->problem;
    float *values[] = { run->x, run->y, run->w };
    const struct cudnnTensorStruct *tensors[] = { &problem->x, &problem->y, &problem->w.values };
    for (int t = 0; t < 3; t++) {
        int64_t count = dnn_tensor_count(tensors[t]);
        for (int64_t i = 0; i < count; i++)
            values[t][i] = cudasim_round_tf32(values[t][i]);
    }
}

/* y = act(alpha * conv + z_factor * z + bias) */
static void fused_store(const dnn_job *job, const float *values)
{
    const struct cudnnTensorStruct *y = &job->problem.y;
    size_t count = (size_t)dnn_tensor_count(y);
    float *sums = malloc(2 * count * sizeof *sums), *z = sums + count;
    if (job->z_factor != 0)
        dnn_load(&job->z_desc, job->z, z);
    else
        memset(z, 0, count * sizeof *z);
    for (size_t i = 0; i < count; i++) {
        int64_t channel = (int64_t)(i % (size_t)y->dims[1]);
        float sum = job->blend.alpha * values[i] + job->z_factor * z[i] +
                    (job->bias ? dnn_value(job->bias_desc.type, job->bias, channel) : 0);
        sums[i] = job->relu && sum < 0 ? 0 : sum;
    }
    dnn_store(y, job->y, sums, (dnn_blend){ 1, 0 });
    free(sums);
}

static void run_store(const dnn_run *run)
{
    const dnn_job *job = run->job;
    if (job->fused)
        fused_store(job, run->y);
    else if (job->problem.pass == DNN_FORWARD)
        dnn_store(&job->problem.y, job->y, run->y, job->blend);
    else if (job->problem.pass == DNN_DATA)
        dnn_store(&job->problem.x, job->x, run->x, job->blend);
    else
        copy_filter(run, true);
}

bool dnn_job_run(void *what)
{
    static unsigned n_runs; /* protected by the machine's lock */
    const dnn_job *job = what;
    const dnn_problem *problem = &job->problem;
    size_t n_x = (size_t)dnn_tensor_count(&problem->x), n_y = (size_t)dnn_tensor_count(&problem->y);
    size_t n_w = (size_t)dnn_tensor_count(&problem->w.values);
    float *values = calloc(n_x + n_y + n_w, sizeof *values);
    dnn_run run = { job, values, values + n_x, values + n_x + n_y, false };
    run.backwards = !dnn_algo_deterministic(problem->pass, job->algo) && n_runs++ % 2;
    dnn_fill_garbage(job->workspace, job->workspace_bytes);
    if (problem->pass != DNN_DATA)
        dnn_load(&problem->x, job->x, run.x);
    if (problem->pass != DNN_FORWARD)
        dnn_load(&problem->y, job->y, run.y);
    if (problem->pass != DNN_FILTERS)
        copy_filter(&run, false);
    const bool on_tensor_cores = problem->convolution.math != CUDNN_FMA_MATH &&
                                 dnn_algo_has_tensor_cores(problem->pass, job->algo);
    if (problem->x.type == CUDNN_DATA_FLOAT && problem->convolution.math != CUDNN_FMA_MATH)
        round_operands(&run);
    convolve(&run, (int64_t)n_y / problem->y.dims[1], on_tensor_cores);
    run_store(&run);
    free(values);
    return true;
}
