/* start.h: where the time goes from the start of the process to the end of the first step. */
#ifndef RN_CORE_BASE_START_H
#define RN_CORE_BASE_START_H

/* X(NAME, what is done in this stage). */
#define RN_STAGES(X)                                                                               \
    X(OTHER, "options, data, other processes")                                                     \
    X(CFG, "reading the cfg")                                                                      \
    X(PLUGINS, "loading plugins")                                                                  \
    X(DEVICE, "opening the device")                                                                \
    X(GRAPH, "building the graph")                                                                 \
    X(PLAN, "planning")                                                                            \
    X(PREPARE, "making room, preparing kernels")                                                   \
    X(WEIGHTS, "weights, or initial values")                                                       \
    X(CONSTANTS, "folding and reordering weights")                                                 \
    X(STEP, "the first step")

#define RN_STAGE_NAME(name, meaning) RN_STAGE_##name,
typedef enum rn_stage { RN_STAGES(RN_STAGE_NAME) RN_N_STAGES } rn_stage;
#undef RN_STAGE_NAME

/* Begins to count, in the stage OTHER, on the calling thread; the functions below do nothing on
 * others, and before. [setup] */
void rn_start_begin(void);

/* The time from now on is that of another stage. Returns the one before, to be entered again. */
rn_stage rn_start_enter(rn_stage stage);

/* Ends counting, and logs a table (RN_LOG_DEBUG). */
void rn_start_end(void);

#endif
