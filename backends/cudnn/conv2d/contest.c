/* contest.c: which of cuDNN's engines computes a convolution: the fastest by the clock, or the
 * first of cuDNN's heuristics that works. */
#include "cudnn/conv2d/contest.h"

#include <string.h>

#include "cudnn/conv2d/descs.h"
#include "cudnn/conv2d/execution.h"
#include "cudnn/conv2d/scratch.h"

/* How many engines `quick` times. cuDNN proposes up to 40 configurations, best first; most of a
 * shape are the same engine with other tiles. */
enum { QUICK_ENGINES = 12 };

/* Calls of a measurement, and measurements, of which the fastest counts. What is so much slower
 * than the best that no other measurement would mend it gets no other. */
enum { CALLS = 2, ROUNDS = 3 };
#define HOPELESS 1.5f

/* A contest that goes on. */
typedef struct race {
    const cudnn_convolution *conv;
    const cudnn_contest *rules;
    cudnn_graph graph;
    cudnn_scratch scratch;
    cudaEvent_t began, ended;
    double end_s; /* when no other engine is timed */
    cudnn_execution *best;
    float best_ms;
    bool is_timed;
    int32_t n; /* engines tried */
} race;

bool cudnn_contest_may(const cudnn_convolution *conv)
{
    const rn_context *context = conv->context;
    return context->precision != RN_PRECISION_FP32 && !context->deterministic &&
           context->convolution != RN_CONVOLUTION_WINOGRAD;
}

static double now_s(void)
{
    return (double)gpu_host->time_ns() * 1e-9;
}

/* Sums stay in float, and operands are rounded as the precision says. */
static bool may_take(const race *r, const cudnn_execution *execution)
{
    const bool transforms = cudnn_execution_has(execution, CUDNN_NUMERICAL_NOTE_WINOGRAD) ||
                            cudnn_execution_has(execution, CUDNN_NUMERICAL_NOTE_FFT);
    return execution->workspace_bytes <= r->rules->workspace_most &&
           !cudnn_execution_has(execution, CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS) &&
           !cudnn_execution_has(execution, CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION) &&
           !(transforms && r->conv->context->convolution == RN_CONVOLUTION_DIRECT);
}

static cudnn_execution *candidate_make(race *r, const cudnn_engine *engine)
{
    cudnn_execution *made = cudnn_execution_make(r->conv, &r->graph, engine);
    if (made && may_take(r, made))
        return made;
    cudnn_execution_free(made);
    return NULL;
}

/* ---- The clock ---- */

/* True if it runs: what cuDNN accepts, a GPU may still refuse. */
static bool runs(const race *r, const cudnn_execution *execution)
{
    return !cudnn_execution_run(r->conv, execution, &r->scratch.pointers) &&
           !cudaStreamSynchronize(r->conv->context->stream);
}

/* PyTorch and cuDNN's own frontend ask no engine to add a second gradient to the first one
 * (beta = 1), so no engine is trusted that it does: it is tried. */
static bool is_trusted(const race *r)
{
    return !r->conv->shape.sums;
}

/* True if a second gradient is added to the first one. */
static bool adds(const race *r, const cudnn_execution *execution)
{
    enum { SAMPLE = 4096 };
    unsigned char first[SAMPLE], second[SAMPLE];
    const uint64_t bytes = cudnn_conv2d_x_bytes(r->conv);
    const size_t n = bytes < SAMPLE ? (size_t)bytes : SAMPLE;
    return !cudaMemcpy(first, r->scratch.pointers.x, n, cudaMemcpyDeviceToHost) &&
           runs(r, execution) &&
           !cudaMemcpy(second, r->scratch.pointers.x, n, cudaMemcpyDeviceToHost) &&
           memcmp(first, second, n) != 0;
}

static bool works(const race *r, const cudnn_execution *execution)
{
    return runs(r, execution) && (is_trusted(r) || adds(r, execution));
}

/* False if anything fails. */
static bool measure(race *r, const cudnn_execution *execution, float *ms)
{
    cudaStream_t stream = r->conv->context->stream;
    cudaError_t error = cudaEventRecord(r->began, stream);
    for (int i = 0; i < CALLS; i++)
        if (cudnn_execution_run(r->conv, execution, &r->scratch.pointers))
            return false;
    if (!error)
        error = cudaEventRecord(r->ended, stream);
    if (!error)
        error = cudaEventSynchronize(r->ended);
    return !error && !cudaEventElapsedTime(ms, r->began, r->ended);
}

/* Times a candidate that works, and keeps it if it is the fastest so far. */
static void compete(race *r, cudnn_execution *candidate)
{
    float fastest = 0;
    bool good = true;
    for (int i = 0; i < ROUNDS && good; i++) {
        float ms = 0;
        good = measure(r, candidate, &ms);
        if (i == 0 || ms < fastest)
            fastest = ms;
        if (r->best && fastest > HOPELESS * r->best_ms)
            break;
    }
    if (!good || (r->best && fastest >= r->best_ms)) {
        cudnn_execution_free(candidate);
        return;
    }
    cudnn_execution_free(r->best);
    r->best = candidate;
    r->best_ms = fastest;
    r->is_timed = true;
}

/* ---- The contest ---- */

/* Takes part, unless the engine cannot. One that there is no memory to try is taken if there is no
 * other and nothing has to be proved. */
static void enter(race *r, const cudnn_engine *engine)
{
    cudnn_execution *candidate = candidate_make(r, engine);
    if (!candidate)
        return;
    r->n++;
    const bool has_memory = !cudnn_scratch_make(r->conv, candidate->workspace_bytes, &r->scratch);
    if (has_memory && !works(r, candidate))
        cudnn_execution_free(candidate);
    else if (has_memory && r->ended)
        compete(r, candidate);
    else if (!r->best && (has_memory || is_trusted(r)))
        r->best = candidate;
    else
        cudnn_execution_free(candidate);
}

/* Nothing is left to do. */
static bool is_over(const race *r)
{
    if (!r->ended)
        return r->best != NULL;
    return r->best && (now_s() > r->end_s || (!r->rules->is_full && r->n >= QUICK_ENGINES));
}

static void enter_all(race *r, cudnnBackendHeurMode_t mode)
{
    cudnn_engines engines;
    cudnn_engines_find(&r->graph, mode, &engines);
    for (int32_t i = 0; i < engines.n && !is_over(r); i++)
        enter(r, &engines.list[i]);
}

/* The engines that cuDNN's model prefers; those that always work if need be, or with --tune=full.
 */
static void run(race *r)
{
    cudnn_engine kept;
    if (r->rules->kept && cudnn_engine_read(r->rules->kept, &kept))
        r->best = candidate_make(r, &kept);
    if (r->best)
        return;
    if (r->rules->seconds > 0 && (cudaEventCreate(&r->began) || cudaEventCreate(&r->ended))) {
        cudaGetLastError(); /* so that the next call does not report it */
        r->ended = NULL;
    }
    r->end_s = now_s() + r->rules->seconds;
    enter_all(r, CUDNN_HEUR_MODE_A);
    if (!r->best || r->rules->is_full)
        enter_all(r, CUDNN_HEUR_MODE_FALLBACK);
}

cudnn_execution *cudnn_contest_hold(const cudnn_convolution *conv, const cudnn_contest *contest,
                                    bool *timed)
{
    race r = { .conv = conv, .rules = contest };
    if (!cudnn_graph_make(conv, &r.graph))
        run(&r);
    *timed = r.is_timed;
    cudnn_scratch_free(conv, &r.scratch);
    if (r.began)
        cudaEventDestroy(r.began);
    if (r.ended)
        cudaEventDestroy(r.ended);
    cudnn_graph_free(&r.graph);
    return r.best;
}
