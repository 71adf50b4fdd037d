/* engine.h: the engines that cuDNN has for an operation graph, and their knobs. */
#ifndef BACKENDS_CUDNN_CONV2D_ENGINE_H
#define BACKENDS_CUDNN_CONV2D_ENGINE_H

#include "cudnn/conv2d/graph.h"

/* A knob's setting: the type is a cudnnBackendKnobType_t. */
typedef struct cudnn_knob {
    int32_t type;
    int64_t value;
} cudnn_knob;

/* An engine with all knobs set. It means the same for the same graph, GPU and version of cuDNN. */
enum { CUDNN_KNOBS = 24 };
typedef struct cudnn_engine {
    int64_t number;
    cudnn_knob knobs[CUDNN_KNOBS];
    int32_t n_knobs;
} cudnn_engine;

enum { CUDNN_ENGINES = 64 };
typedef struct cudnn_engines {
    cudnn_engine list[CUDNN_ENGINES];
    int32_t n;
} cudnn_engines;

/* Those that cuDNN's heuristics of this mode propose, best first; none if they fail. */
void cudnn_engines_find(const cudnn_graph *graph, cudnnBackendHeurMode_t mode,
                        cudnn_engines *engines);

/* "engine 62: 2=4 13=0": what is kept in the file of choices. False if `text` is no such text. */
enum { CUDNN_ENGINE_TEXT = 512 };
void cudnn_engine_write(const cudnn_engine *engine, char text[CUDNN_ENGINE_TEXT]);
bool cudnn_engine_read(const char *text, cudnn_engine *engine);

#endif
