/* op_backends.h: opens every backend in the plugin path, with one and with two threads, and with
 * only direct or only Winograd convolutions; runs each test on each of them. */
#ifndef RN_TESTS_OP_BACKENDS_H
#define RN_TESTS_OP_BACKENDS_H

#include "support/op_harness.h"

/* Loads each plugin in $RESNET_PLUGIN_PATH and opens each backend that has a device. Returns their
 * number; the oracle (reference, 1 thread) is the first. The first test of op_tests_run reports
 * those that could not be opened. If $OP_BACKENDS_FASTEST is set, opens each only with its fastest
 * convolutions. */
int op_backends_open(void);

/* Also opens the backends in tf32, bf16 and fp16, if they support it, with two threads. If none
 * does, the first test of op_tests_run says why. Only for tests that allow for the rounding. */
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
