/* cudasim_play.h: what the tests of the pretended machine share (cudasim_play.c). */
#ifndef RN_TESTS_CUDASIM_PLAY_H
#define RN_TESTS_CUDASIM_PLAY_H

#include "cudasim/cudasim.h"
#include "support/check.h"

/* Is this the result, and was something blamed since the last time, or not? */
void play_expect(int line, cudaError_t found, cudaError_t expected, bool blamed);
#define FINE(call) play_expect(__LINE__, call, cudaSuccess, false)
#define FAILS(call, error) play_expect(__LINE__, call, error, false)
#define BLAMED(call, error) play_expect(__LINE__, call, error, true)

/* One float of the device's memory, and pinned ones of the host's. */
float *play_device_float(void);
float *play_pinned_floats(int n);

/* Enqueues *p = *p * a + b, which is another number in another order. */
cudaError_t play_line(cudaStream_t stream, float *p, float a, float b);

cudaStream_t play_stream(void); /* one that does not go with the default stream */
cudaEvent_t play_event(void);   /* without times */

/* Puts a number, gets it, by the stream. play_get waits. */
void play_put(cudaStream_t stream, float *p, float value);
float play_get(cudaStream_t stream, const float *p);

/* Destroys what the functions above have given. */
void play_end(void);

/* A part of a test that is run as a process of its own; its result is the exit status. */
typedef struct play_part {
    const char *name;
    int (*run)(void);
} play_part;

/* The exit status of such a process, with settings "NAME=VALUE" in the environment, up to NULL; or
 * minus the signal that ended it. */
int play_child(const char *part, const char *const settings[]);

/* A test program's main: runs a part, or the tests on two devices. Parts end with
 * { NULL, NULL }. */
int play_main(int argc, char **argv, const play_part *parts, const CU_TestInfo *tests);

#endif
