/* cudasim.h: the interface shared by the stand-ins for NVIDIA's libraries: a simulated machine with
 * a few GPUs, as strict as a real one wherever that can be checked.
 *
 * The libraries libcudart, libcublas, libcudnn, libnvrtc and libnccl built in this folder have the
 * names and versions of NVIDIA's, are compiled against NVIDIA's headers, and come first on the
 * library path of tests. They compute with plain loops. For tests only; never installed.
 *
 * The host cannot read or write device memory: its pages are protected except while work runs. Work
 * enqueued on a stream runs late: only when something waits for it, and work of other streams only
 * as far as events require, so that a missing wait shows as a wrong number. What CUDA, cuBLAS,
 * cuDNN or NCCL forbid returns that library's error code, and is blamed on standard error and in
 * the report; misuse that the real library would not notice is blamed, too.
 *
 * Environment:
 *   CUDASIM_DEVICES=N      number of GPUs; default 1; "none": no driver; "old": an old driver
 *   CUDA_VISIBLE_DEVICES   as CUDA's: numbers of the GPUs that this process sees
 *   CUDASIM_MEMORY=BYTES   memory of each GPU; default 8 GiB
 *   CUDASIM_ARCH=90        compute capability; default 9.0
 *   CUDASIM_ORDER=late     when work runs: "late" (default): only what is waited for, only then;
 *                          "early": as soon as it is enqueued; "others": as "late", but all work
 *                          of other streams first. A GPU may use any of these orders; each
 *                          reveals different missing waits.
 *   CUDASIM_FAIL=N         the N-th call that can fail, counted from 1, fails
 *   CUDASIM_FAIL=NAME:N    the N-th call of the function NAME fails
 *   CUDASIM_FAIL_LATE=...  the same for work: the call succeeds, and its work fails on the GPU
 *   CUDASIM_REFUSE=LIST    convolutions that cuDNN offers and then refuses; cudnn_refuse.c
 *   CUDASIM_REPORT=FILE    written at exit: "calls NAME N" for each function, "live TYPE N" for
 *                          objects that were never destroyed, "blame TEXT" for each misuse
 *   CUDASIM_REAL=0         do not consult NVIDIA's own libraries where they are installed: NVRTC
 *                          about each program, cuDNN about descriptors
 *   CUDASIM_ENGINES=none   cuDNN's graph interface finds no engine
 *   CUDASIM_RACES=1        look for races between the threads of each kernel (races.h), which takes
 *                          much longer; XDG_CACHE_HOME must have no kernels compiled without it
 *   CUDASIM_CXX=COMPILER   compiles kernels for the host; default g++
 *   CUDASIM_CACHE=FOLDER   keeps the compiled kernels
 *
 * Threads: one lock protects the machine; every function takes it on entry (cudasim_enter). */
#ifndef RN_TESTS_CUDASIM_H
#define RN_TESTS_CUDASIM_H

#include <cuda_runtime_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- calls: calls.c ---- */

/* Begins a library function: takes the (recursive) lock, counts the call under its name, and says
 * whether it must fail. Pairs with cudasim_leave. `during_capture`: the function is allowed while
 * this thread captures a stream. Otherwise a call during capture invalidates the capture, as in
 * CUDA, and must return the library's error for that. */
typedef enum cudasim_verdict {
    CUDASIM_GO = 0,
    CUDASIM_FAIL,     /* injected: return one of the library's errors and change nothing */
    CUDASIM_CAPTURING /* forbidden during capture */
} cudasim_verdict;
cudasim_verdict cudasim_enter(const char *function, bool during_capture);
void cudasim_leave(void);

/* Reports a misuse: counted, printed once as "cudasim: FUNCTION: TEXT", kept for the report. */
void cudasim_blame(const char *function, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* For tests that run many times in one process (found by dlsym in the loaded library): the number
 * of calls so far that could have failed, or of the calls of a function; which call fails next, of
 * any function if `function` is NULL, counted from now, 0: none; the function that failed last, ""
 * if none has since one was asked to; the number of misuses; the number of live objects and
 * allocations, listed on standard error if `print`; and cudasim_revive restores a lost device, as
 * after an illegal address. */
uint64_t cudasim_calls(const char *function);
void cudasim_fail_at(const char *function, uint64_t n);
const char *cudasim_failed(void);
int cudasim_blames(void);
int cudasim_live(bool print);
void cudasim_revive(void);

/* ---- objects: objects.c ---- */

/* Handles of all libraries. `type` is a literal such as "cudnnTensorDescriptor_t". A freed handle
 * stays in the table so that a later use of it is recognised. */
void *cudasim_object_new(const char *type, size_t bytes);
void cudasim_object_free(const char *type, void *object);
/* True if it is a live handle of that type; blames otherwise. */
bool cudasim_object_is(const char *function, const char *type, const void *object);

/* ---- memory: memory.c ---- */

/* True if [p, p + bytes) lies in one live allocation of the device (-1: of any device) and p is a
 * multiple of `alignment`; blames otherwise. False and blamed for p == NULL, too. */
bool cudasim_range_is(const char *function, int device, const void *p, size_t bytes,
                      size_t alignment);

/* ---- streams: stream.c ---- */

/* A piece of work. Returns true once it is done; false if it cannot begin before others have
 * progressed (a collective whose peers have not arrived): it is tried again. Runs with the lock
 * held, device memory open, and *what as it was when enqueued. */
typedef bool cudasim_work(void *what);

/* Enqueues work on a stream, or records it while the stream is captured (it then runs at each
 * launch of the graph). Copies `bytes` of `what` now; anything it points to must stay alive.
 * `stream` NULL: the current device's default stream. */
cudaError_t cudasim_enqueue(const char *function, cudaStream_t stream, cudasim_work *run,
                            const void *what, size_t bytes);

/* For work that fails late, as at an illegal address: the device is lost until cudasim_revive. */
void cudasim_late_error(cudaError_t error);

/* From now on, calls the observer with +1 for each piece of work that a graph or an executable
 * graph begins to hold, and with -1 when it no longer does. */
typedef void cudasim_graph_observer(cudasim_work *run, const void *what, int change);
void cudasim_graph_observe(cudasim_graph_observer *observer);

/* ---- code: lazy.c ---- */

/* Loads `code`, a text that names a kernel, onto the device if it is not there; blames that in a
 * captured stream, or while a collective operation on the device may wait for other ranks. `stream`
 * NULL: none. */
void cudasim_load(const char *function, int device, cudaStream_t stream, const char *code);

int cudasim_device(void); /* the calling thread's current device */
int cudasim_stream_device(cudaStream_t stream);
bool cudasim_is_capturing(cudaStream_t stream);

/* ---- kernels: kernels.h ---- */

/* What the stand-in for NVRTC returns as a "cubin", which the program passes to
 * cudaLibraryLoadData. Like a real one it can be kept in a file. The bytes of a host shared library
 * follow it. */
#define CUDASIM_CUBIN_MAGIC "cudasim-cubin-2"
typedef struct cudasim_cubin {
    char magic[16];
    int arch;   /* major * 10 + minor: 90 */
    int is_ptx; /* 1: runs on later GPUs, too */
    uint64_t bytes;
} cudasim_cubin;

#endif
