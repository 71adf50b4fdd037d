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

/* A test of a case, `subject`, on a backend. */
typedef void op_test(const op_backend *backend, const void *subject);

/* Adds the test "NAME on BACKEND" for each backend. */
void op_tests_add(const char *name, op_test *run, const void *subject);

/* Adds one test NAME, which is passed no backend and iterates over them itself. */
void op_tests_add_once(const char *name, op_test *run, const void *subject);

/* Adds the test NAME, which is skipped for `reason`. */
void op_tests_skip(const char *name, const char *reason);

/* Removes the added tests that match none of the fnmatch patterns in main's arguments, of which the
 * first is the program. Without patterns, removes none. */
void op_tests_only(int n_args, char *const *args);

/* Runs the added tests and closes the backends. Returns main's exit status. */
int op_tests_run(const char *suite);

#endif
