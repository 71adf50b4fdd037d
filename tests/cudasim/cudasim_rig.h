/* cudasim_rig.h: helpers for the tests of the simulated machine (cudasim_rig.c). */
#ifndef RN_TESTS_CUDASIM_RIG_H
#define RN_TESTS_CUDASIM_RIG_H

#include "cudasim/cudasim.h"
#include "support/check.h"

/* Checks the result, and whether anything was blamed since the last check. */
void rig_expect(int line, cudaError_t found, cudaError_t expected, bool blamed);
#define FINE(call) rig_expect(__LINE__, call, cudaSuccess, false)
#define FAILS(call, error) rig_expect(__LINE__, call, error, false)
#define BLAMED(call, error) rig_expect(__LINE__, call, error, true)

/* One float in device memory, and n floats in pinned memory. */
float *rig_device_float(void);
float *rig_pinned_floats(int n);

/* Enqueues *p = *p * a + b, whose result depends on the order of calls. */
cudaError_t rig_line(cudaStream_t stream, float *p, float a, float b);

cudaStream_t rig_stream(void); /* does not synchronise with the default stream */
cudaEvent_t rig_event(void);   /* without timing */

/* Writes or reads one number through the stream. rig_get waits for it. */
void rig_put(cudaStream_t stream, float *p, float value);
float rig_get(cudaStream_t stream, const float *p);

/* Destroys everything that the functions above created. */
void rig_end(void);

/* A part of a test that runs in its own process; its result is the exit status. */
typedef struct rig_part {
    const char *name;
    int (*run)(void);
} rig_part;

/* Runs a part in a child process with the settings "NAME=VALUE" (ends with NULL) in its
 * environment. Returns its exit status, or minus the signal that ended it. */
int rig_child(const char *part, const char *const settings[]);

/* A test program's main: runs one part, or the tests on two devices. `parts` ends with { NULL, NULL
 * }. */
int rig_main(int argc, char **argv, const rig_part *parts, const CU_TestInfo *tests);

#endif
