/* cudnn_backend_engine.c: the engines of the stand-in for cuDNN's graph interface. Among them is
 * one of each kind that a program must not rely on: engines that are accepted and then refuse to
 * run, that need more workspace than anyone has, whose sums are imprecise, whose sums depend on
 * the run, that forget what they should add to. The heuristics propose these first. */
#include <stdlib.h>
#include <string.h>

#include "cudnn_backend.h"

enum {
    PLAIN,
    SPLIT,
    TENSOR_CORES,
    REDUCED,
    ROUNDED,
    REFUSING,
    HUGE,
    WINOGRAD,
    FORGETFUL,
    N_ENGINES
};

#define NOTE(name) (1u << CUDNN_NUMERICAL_NOTE_##name)

typedef struct knob_rule {
    int64_t type, least, most;
} knob_rule;

typedef struct engine_rule {
    unsigned notes;
    int n_knobs;
    knob_rule knobs[DNN_KNOBS];
} engine_rule;

/* The numbers of its engines are three times their place, so that none is mistaken for an index. */
static const engine_rule RULES[N_ENGINES] = {
    [PLAIN] = { 0, 0, { { 0 } } },
    [SPLIT] = { NOTE(TENSOR_CORE) | NOTE(NONDETERMINISTIC),
                1,
                { { CUDNN_KNOB_TYPE_SPLIT_K_SLC, 1, 4 } } },
    [TENSOR_CORES] = { NOTE(TENSOR_CORE),
                       2,
                       { { CUDNN_KNOB_TYPE_TILE_SIZE, 0, 3 }, { CUDNN_KNOB_TYPE_STAGES, 1, 4 } } },
    [REDUCED] = { NOTE(TENSOR_CORE) | NOTE(REDUCED_PRECISION_REDUCTION), 0, { { 0 } } },
    [ROUNDED] = { NOTE(TENSOR_CORE) | NOTE(DOWN_CONVERT_INPUTS), 0, { { 0 } } },
    [REFUSING] = { NOTE(TENSOR_CORE), 1, { { CUDNN_KNOB_TYPE_TILE_SIZE, 0, 1 } } },
    [HUGE] = { NOTE(TENSOR_CORE), 0, { { 0 } } },
    [WINOGRAD] = { NOTE(TENSOR_CORE) | NOTE(WINOGRAD), 0, { { 0 } } },
    [FORGETFUL] = { NOTE(TENSOR_CORE), 0, { { 0 } } },
};

/* What the heuristics propose, best first; without `also_fallback` only in mode A. */
static const struct {
    int engine;
    int64_t values[DNN_KNOBS];
} PROPOSED[] = { { FORGETFUL, { 0 } },
                 { REFUSING, { 1 } },
                 { HUGE, { 0 } },
                 { REDUCED, { 0 } },
                 { ROUNDED, { 0 } },
                 { WINOGRAD, { 0 } },
                 { TENSOR_CORES, { 1, 3 } },
                 { TENSOR_CORES, { 0, 2 } },
                 { SPLIT, { 2 } },
                 { PLAIN, { 0 } } };
enum { N_PROPOSED = sizeof PROPOSED / sizeof *PROPOSED };

static int64_t number_of(int engine)
{
    return 3 * engine;
}

static const engine_rule *rule_of(const dnn_config *config)
{
    return &RULES[config->engine / 3];
}

/* ---- Which engine computes which graph ---- */

static bool is_aligned(const dnn_problem *problem)
{
    const int unit = problem->x.type == CUDNN_DATA_FLOAT ? 4 : 8;
    const int groups = problem->convolution.groups;
    return groups == 1 ? problem->x.dims[1] % unit == 0 && problem->y.dims[1] % unit == 0
                       : problem->w.values.dims[1] % 4 == 0;
}

static bool is_winograds(const dnn_problem *problem)
{
    const struct cudnnConvolutionStruct *c = &problem->convolution;
    const int *w = problem->w.values.dims;
    return w[2] == 3 && w[3] == 3 && c->groups == 1 && c->stride[0] == 1 && c->stride[1] == 1 &&
           c->dilation[0] == 1 && c->dilation[1] == 1 && problem->pass != DNN_FILTERS;
}

static bool supports(const dnn_graph *graph, int engine)
{
    const dnn_problem *problem = &graph->problem;
    const char *setting = getenv("CUDASIM_ENGINES");
    const bool nhwc = problem->w.format == CUDNN_TENSOR_NHWC;
    const bool is_float = problem->x.type == CUDNN_DATA_FLOAT;
    if (setting && !strcmp(setting, "none"))
        return false;
    switch (engine) {
        case PLAIN: return true;
        case SPLIT: return nhwc && is_aligned(problem) && problem->pass != DNN_FORWARD;
        case ROUNDED: return nhwc && is_aligned(problem) && is_float;
        case REDUCED: return nhwc && is_aligned(problem) && !is_float;
        case FORGETFUL: return nhwc && is_aligned(problem) && graph->beta != 0;
        case WINOGRAD: return nhwc && is_aligned(problem) && is_winograds(problem);
        default: return nhwc && is_aligned(problem);
    }
}

int64_t dnn_engine_count(const dnn_graph *graph)
{
    (void)graph;
    return number_of(N_ENGINES);
}

int64_t dnn_notes_get(const dnn_part *engine, int64_t n, cudnnBackendNumericalNote_t *notes)
{
    int64_t found = 0;
    for (int i = 0; i < CUDNN_NUMERICAL_NOTE_TYPE_COUNT; i++)
        if (rule_of(&engine->config)->notes >> i & 1 && found < n)
            notes[found++] = (cudnnBackendNumericalNote_t)i;
    return found;
}

/* ---- Engines and configurations ---- */

cudnnStatus_t dnn_engine_finish(const dnn_call *call, dnn_part *part)
{
    const int64_t number = dnn_part_int(part, CUDNN_ATTR_ENGINE_GLOBAL_INDEX, -1);
    part->graph = dnn_part_link(part, CUDNN_ATTR_ENGINE_OPERATION_GRAPH)->graph;
    part->config = (dnn_config){ .engine = number };
    if (number < 0 || number >= number_of(N_ENGINES) || number % 3 ||
        !supports(&part->graph, (int)(number / 3)))
        return dnn_wrong(call, CUDNN_STATUS_NOT_SUPPORTED, "engine %lld for this graph",
                         (long long)number);
    return CUDNN_STATUS_SUCCESS;
}

static cudnnStatus_t knob_take(const dnn_call *call, const dnn_part *choice, dnn_config *config)
{
    const engine_rule *rule = rule_of(config);
    const int64_t type = dnn_part_int(choice, CUDNN_ATTR_KNOB_CHOICE_KNOB_TYPE, -1);
    const int64_t value = dnn_part_int(choice, CUDNN_ATTR_KNOB_CHOICE_KNOB_VALUE, -1);
    for (int i = 0; i < rule->n_knobs; i++)
        if (rule->knobs[i].type == type && value >= rule->knobs[i].least &&
            value <= rule->knobs[i].most) {
            config->types[i] = type;
            config->values[i] = value;
            return CUDNN_STATUS_SUCCESS;
        }
    return dnn_wrong(call, CUDNN_STATUS_NOT_SUPPORTED, "knob %lld = %lld for engine %lld",
                     (long long)type, (long long)value, (long long)config->engine);
}

/* A knob that is not turned has its least value. */
cudnnStatus_t dnn_config_finish(const dnn_call *call, dnn_part *part)
{
    int64_t n;
    const dnn_part *engine = dnn_part_link(part, CUDNN_ATTR_ENGINECFG_ENGINE);
    dnn_part *const *choices = dnn_part_values(part, CUDNN_ATTR_ENGINECFG_KNOB_CHOICES, &n);
    part->graph = engine->graph;
    part->config = engine->config;
    const engine_rule *rule = rule_of(&part->config);
    part->config.n_knobs = rule->n_knobs;
    for (int i = 0; i < rule->n_knobs; i++) {
        part->config.types[i] = rule->knobs[i].type;
        part->config.values[i] = rule->knobs[i].least;
    }
    cudnnStatus_t status = CUDNN_STATUS_SUCCESS;
    for (int64_t i = 0; i < n && !status; i++)
        status = knob_take(call, choices[i], &part->config);
    return status;
}

/* Stores a value as if the program had set it. */
static void store(dnn_part *part, cudnnBackendAttributeName_t name, int64_t value)
{
    const dnn_attribute *row = dnn_attribute_find(part->type, name);
    const int32_t narrow = (int32_t)value;
    int i = 0;
    while (dnn_attribute_at(part->type, i) != row)
        i++;
    part->values[i].n = 1;
    if (dnn_element_bytes(row->type) == 4)
        memcpy(part->values[i].bytes, &narrow, sizeof narrow);
    else
        memcpy(part->values[i].bytes, &value, sizeof value);
}

/* True if it is a new descriptor that can take what is read. */
static bool can_take(const dnn_call *call, cudnnBackendDescriptor_t descriptor,
                     cudnnBackendDescriptorType_t type)
{
    const dnn_part *part = descriptor;
    if (!cudasim_object_is(call->function, DNN_PART, part))
        return false;
    if (part->type == type && !part->final)
        return true;
    dnn_wrong(call, CUDNN_STATUS_BAD_PARAM, "a descriptor of %d, %s, to read one of %d into",
              (int)part->type, part->final ? "finalised" : "not finalised", (int)type);
    return false;
}

cudnnStatus_t dnn_config_engine_get(const dnn_call *call, const dnn_part *config,
                                    cudnnBackendDescriptor_t engine)
{
    dnn_part *to = engine;
    if (!can_take(call, engine, CUDNN_BACKEND_ENGINE_DESCRIPTOR))
        return CUDNN_STATUS_BAD_PARAM;
    store(to, CUDNN_ATTR_ENGINE_GLOBAL_INDEX, config->config.engine);
    to->graph = config->graph;
    to->config = (dnn_config){ .engine = config->config.engine };
    to->final = true;
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t dnn_config_knobs_get(const dnn_call *call, const dnn_part *config, int64_t n,
                                   int64_t *found, cudnnBackendDescriptor_t *choices)
{
    *found = config->config.n_knobs;
    for (int64_t i = 0; i < n && i < *found; i++) {
        dnn_part *to = choices[i];
        if (!can_take(call, to, CUDNN_BACKEND_KNOB_CHOICE_DESCRIPTOR))
            return CUDNN_STATUS_BAD_PARAM;
        store(to, CUDNN_ATTR_KNOB_CHOICE_KNOB_TYPE, config->config.types[i]);
        store(to, CUDNN_ATTR_KNOB_CHOICE_KNOB_VALUE, config->config.values[i]);
        to->final = true;
    }
    return CUDNN_STATUS_SUCCESS;
}

/* ---- Heuristics ---- */

static void propose(dnn_part *to, const dnn_graph *graph, int i)
{
    const engine_rule *rule = &RULES[PROPOSED[i].engine];
    to->graph = *graph;
    to->config = (dnn_config){ .engine = number_of(PROPOSED[i].engine), .n_knobs = rule->n_knobs };
    for (int k = 0; k < rule->n_knobs; k++) {
        to->config.types[k] = rule->knobs[k].type;
        to->config.values[k] = PROPOSED[i].values[k];
    }
    to->final = true;
}

cudnnStatus_t dnn_results_get(const dnn_call *call, const dnn_part *heuristics, int64_t n,
                              int64_t *found, cudnnBackendDescriptor_t *configs)
{
    const int64_t mode = dnn_part_int(heuristics, CUDNN_ATTR_ENGINEHEUR_MODE, -1);
    if (mode != CUDNN_HEUR_MODE_A && mode != CUDNN_HEUR_MODE_FALLBACK)
        return dnn_wrong(call, CUDNN_STATUS_NOT_SUPPORTED,
                         "heuristics of mode %d (in the stand-in)", (int)mode);
    *found = N_PROPOSED; /* without descriptors it counts those, too, that turn out not to fit */
    if (n == 0)
        return CUDNN_STATUS_SUCCESS;
    *found = 0;
    for (int i = 0; i < N_PROPOSED && *found < n; i++) {
        if ((mode == CUDNN_HEUR_MODE_FALLBACK && PROPOSED[i].engine != PLAIN) ||
            !supports(&heuristics->graph, PROPOSED[i].engine))
            continue;
        if (!can_take(call, configs[*found], CUDNN_BACKEND_ENGINECFG_DESCRIPTOR))
            return CUDNN_STATUS_BAD_PARAM;
        propose(configs[(*found)++], &heuristics->graph, i);
    }
    return CUDNN_STATUS_SUCCESS;
}

/* ---- Plans ---- */

cudnnStatus_t dnn_plan_finish(const dnn_call *call, dnn_part *part)
{
    const dnn_part *config = dnn_part_link(part, CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG);
    (void)call;
    part->graph = config->graph;
    part->config = config->config;
    return CUDNN_STATUS_SUCCESS;
}

/* As odd as cuDNN's are. */
int64_t dnn_plan_workspace(const dnn_part *plan)
{
    const dnn_problem *problem = &plan->graph.problem;
    switch (plan->config.engine / 3) {
        case PLAIN: return 0;
        case HUGE: return ((int64_t)1 << 40) + 3;
        case SPLIT: return 4 * plan->config.values[0] * dnn_tensor_count(&problem->w.values) + 7;
        case WINOGRAD:
            return 4 * 16 / 9 * dnn_tensor_count(&problem->w.values) +
                   2 * dnn_tensor_count(&problem->x);
        default: return 131;
    }
}

bool dnn_engine_refuses(const dnn_config *config)
{
    return config->engine == number_of(REFUSING);
}

bool dnn_engine_forgets(const dnn_config *config)
{
    return config->engine == number_of(FORGETFUL);
}

bool dnn_engine_spoils(const dnn_config *config)
{
    return config->engine == number_of(REDUCED) || config->engine == number_of(ROUNDED);
}

/* Both gradients have a nondeterministic algorithm 0; 1 is deterministic in each pass. */
int dnn_engine_algo(const dnn_graph *graph, const dnn_config *config)
{
    const dnn_pass pass = graph->problem.pass;
    if (config->engine == number_of(WINOGRAD))
        return pass == DNN_FORWARD ? (int)CUDNN_CONVOLUTION_FWD_ALGO_WINOGRAD_NONFUSED
                                   : (int)CUDNN_CONVOLUTION_BWD_DATA_ALGO_WINOGRAD_NONFUSED;
    return config->engine == number_of(SPLIT) && pass != DNN_FORWARD ? 0 : 1;
}

bool dnn_engine_rounds(const dnn_config *config)
{
    return rule_of(config)->notes & NOTE(TENSOR_CORE);
}
