/* op_backends.h: every backend that the plugin path offers, and tests that are a case on a
 * backend. */
#ifndef RN_TESTS_OP_BACKENDS_H
#define RN_TESTS_OP_BACKENDS_H

#include "support/op_harness.h"

/* Loads each plugin of $RESNET_PLUGIN_PATH and opens those with a backend that has a device: with
 * two threads, in a long check with one as well, and with each algorithm of convolution. Returns
 * how many it opened; the oracle (reference, 1 thread) is the first. What could not be opened is
 * reported by the first test of op_tests_run. */
int op_backends_open(void);

/* Adds those of the opened backends with direct convolutions alone, and with Winograd's alone,
 * unless they are there, or $OP_BACKENDS_FASTEST is set. */
void op_backends_add_convolutions(void);

/* Adds those of the opened backends that compute in tf32, bf16 or fp16, with two threads. Where
 * none does, the first test of op_tests_run says why. Only for tests that know what these round. */
void op_backends_add_halves(void);

int op_backends_count(void);
const op_backend *op_backend_at(int i);
void op_backends_close(void);

/* A test: a case on a backend. */
typedef void op_test(const op_backend *backend, const void *subject);

/* Adds the test "NAME on BACKEND" for each backend. */
void op_tests_add(const char *name, op_test *run, const void *subject);

/* Adds one test NAME, which is given no backend and goes through them by itself. */
void op_tests_add_once(const char *name, op_test *run, const void *subject);

/* Adds the test NAME, which only says that it is skipped, and why. */
void op_tests_skip(const char *name, const char *reason);

/* Of what was added, only tests whose names match one of the patterns of fnmatch stay: the
 * arguments of main, of which the first is the program. Without patterns all stay. */
void op_tests_only(int n_args, char *const *args);

/* Runs what was added, closes the backends; the result of main. */
int op_tests_run(const char *suite);

#endif
