/* engine.c: the engines that cuDNN has for an operation graph, and their knobs. */
#include "cudnn/conv2d/engine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Asking the heuristics ---- */

/* Reads a proposed configuration. Its knobs are read into descriptors that the caller makes. */
static void engine_fill(cudnn_parts *parts, cudnnBackendDescriptor_t config, cudnn_engine *engine)
{
    cudnnBackendDescriptor_t from = cudnn_part_new(parts, CUDNN_BACKEND_ENGINE_DESCRIPTOR);
    cudnnBackendDescriptor_t choices[CUDNN_KNOBS];
    for (int i = 0; i < CUDNN_KNOBS; i++)
        choices[i] = cudnn_part_new(parts, CUDNN_BACKEND_KNOB_CHOICE_DESCRIPTOR);
    cudnn_part_get(parts, config, CUDNN_ATTR_ENGINECFG_ENGINE, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1,
                   &from);
    cudnn_part_get(parts, from, CUDNN_ATTR_ENGINE_GLOBAL_INDEX, CUDNN_TYPE_INT64, 1,
                   &engine->number);
    engine->n_knobs = (int32_t)cudnn_part_get(parts, config, CUDNN_ATTR_ENGINECFG_KNOB_CHOICES,
                                              CUDNN_TYPE_BACKEND_DESCRIPTOR, CUDNN_KNOBS, choices);
    for (int32_t i = 0; i < engine->n_knobs; i++) {
        cudnnBackendKnobType_t type = 0;
        cudnn_part_get(parts, choices[i], CUDNN_ATTR_KNOB_CHOICE_KNOB_TYPE, CUDNN_TYPE_KNOB_TYPE, 1,
                       &type);
        cudnn_part_get(parts, choices[i], CUDNN_ATTR_KNOB_CHOICE_KNOB_VALUE, CUDNN_TYPE_INT64, 1,
                       &engine->knobs[i].value);
        engine->knobs[i].type = (int32_t)type;
    }
}

/* True if the configuration could be read. */
static bool engine_take(cudnnBackendDescriptor_t config, cudnn_engine *engine)
{
    cudnn_parts parts = { .n = 0 };
    *engine = (cudnn_engine){ .n_knobs = 0 };
    engine_fill(&parts, config, engine);
    const bool good = !parts.error;
    cudnn_parts_free(&parts);
    return good;
}

void cudnn_engines_find(const cudnn_graph *graph, cudnnBackendHeurMode_t mode,
                        cudnn_engines *engines)
{
    cudnn_parts parts = { .n = 0 };
    cudnnBackendDescriptor_t configs[CUDNN_ENGINES];
    cudnnBackendDescriptor_t heuristics =
        cudnn_part_new(&parts, CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR);
    cudnn_part_link(&parts, heuristics, CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, 1,
                    &graph->operations);
    cudnn_part_set(&parts, heuristics, CUDNN_ATTR_ENGINEHEUR_MODE, CUDNN_TYPE_HEUR_MODE, 1, &mode);
    cudnn_part_finish(&parts, heuristics);
    for (int i = 0; i < CUDNN_ENGINES; i++)
        configs[i] = cudnn_part_new(&parts, CUDNN_BACKEND_ENGINECFG_DESCRIPTOR);
    const int64_t n = cudnn_part_get(&parts, heuristics, CUDNN_ATTR_ENGINEHEUR_RESULTS,
                                     CUDNN_TYPE_BACKEND_DESCRIPTOR, CUDNN_ENGINES, configs);
    engines->n = 0;
    for (int64_t i = 0; i < n; i++)
        if (engine_take(configs[i], &engines->list[engines->n]))
            engines->n++;
    cudnn_parts_free(&parts);
}

/* ---- As a text ---- */

void cudnn_engine_write(const cudnn_engine *engine, char text[CUDNN_ENGINE_TEXT])
{
    int n = snprintf(text, CUDNN_ENGINE_TEXT, "engine %" PRId64 ":", engine->number);
    for (int32_t i = 0; i < engine->n_knobs && n < CUDNN_ENGINE_TEXT; i++)
        n += snprintf(text + n, (size_t)(CUDNN_ENGINE_TEXT - n), " %d=%" PRId64,
                      (int)engine->knobs[i].type, engine->knobs[i].value);
}

/* Reads a number that `end` follows. */
static bool number_read(const char **text, char end, int64_t *value)
{
    char *after;
    *value = strtoll(*text, &after, 10);
    const bool good = after != *text && *after == end;
    *text = after + good;
    return good;
}

bool cudnn_engine_read(const char *text, cudnn_engine *engine)
{
    static const char WORD[] = "engine ";
    *engine = (cudnn_engine){ .n_knobs = 0 };
    if (strncmp(text, WORD, strlen(WORD)) != 0)
        return false;
    text += strlen(WORD);
    if (!number_read(&text, ':', &engine->number))
        return false;
    while (*text == ' ' && engine->n_knobs < CUDNN_KNOBS) {
        cudnn_knob *knob = &engine->knobs[engine->n_knobs++];
        int64_t type;
        text++;
        if (!number_read(&text, '=', &type))
            return false;
        knob->type = (int32_t)type;
        char *after;
        knob->value = strtoll(text, &after, 10);
        if (after == text)
            return false;
        text = after;
    }
    return *text == 0;
}
