/* cudasim.h: what the stand-ins for NVIDIA's libraries share: a pretended machine of a few GPUs, as
 * strict as a real one where that can be told.
 *
 * The libraries libcudart, libcublas, libcudnn, libnvrtc and libnccl of this folder have the names
 * and the versions of NVIDIA's, are compiled against NVIDIA's own headers, and come first on the
 * library path of tests. They compute with plain loops. For tests only; never installed.
 *
 * Device memory cannot be read or written by the host: its pages are protected except while work
 * runs. Work that is enqueued on a stream runs late: only when something waits for it, and other
 * streams' work only as far as events demand, so that a missing wait shows as a wrong number. What
 * CUDA, cuBLAS, cuDNN or NCCL forbid is an error of the library's own kind, and is blamed on
 * standard error and in the report; a wrong use that a real library would not notice is blamed,
 * too.
 *
 * Environment:
 *   CUDASIM_DEVICES=N      GPUs; default 1; 0: none; "none": no driver; "old": one too old
 *   CUDASIM_MEMORY=BYTES   of each GPU; default 8 GiB
 *   CUDASIM_ARCH=90        compute capability; default 9.0
 *   CUDASIM_ORDER=late     when work runs: "late" (default): when it is waited for, and no more of
 *                          it; "early": as soon as it is enqueued; "others": when something is
 *                          waited for, but other streams' first. A GPU may do any of these; each
 *                          shows other waits that are missing.
 *   CUDASIM_FAIL=N         the N-th call from now on, from 1, that can fail, fails
 *   CUDASIM_FAIL=NAME:N    the N-th call of the function NAME fails
 *   CUDASIM_REPORT=FILE    at exit: "calls NAME N" for each function, "live KIND N" for what was
 *                          made and not destroyed, "blame TEXT" for each wrong use
 *   CUDASIM_REAL=0         NVIDIA's own libraries are not asked, where they are installed: NVRTC
 *                          about each program, cuDNN about descriptors
 *   CUDASIM_CXX=COMPILER   of kernels for the host; default g++
 *   CUDASIM_CACHE=FOLDER   keeps what that has compiled
 *
 * Threads: the machine is one lock's, which the entry of every function takes (cudasim_enter). */
#ifndef RN_TESTS_CUDASIM_H
#define RN_TESTS_CUDASIM_H

#include <cuda_runtime_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- calls: calls.c ---- */

/* Begins a function of a library: takes the lock (recursive), counts the call by its name, and
 * tells whether it is to fail. Goes with cudasim_leave. `during_capture`: is the function allowed
 * while a stream of this thread is being captured? Where it is not, the capture is spoilt, as CUDA
 * does it, and the call has to fail with the library's error for that. */
typedef enum cudasim_verdict {
    CUDASIM_GO = 0,
    CUDASIM_FAIL,     /* injected: return an error of the library's, change nothing */
    CUDASIM_CAPTURING /* forbidden during capture */
} cudasim_verdict;
cudasim_verdict cudasim_enter(const char *function, bool during_capture);
void cudasim_leave(void);

/* A wrong use: counted, printed once as "cudasim: FUNCTION: TEXT", kept for the report. */
void cudasim_blame(const char *function, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* For tests that run many times in one process (by dlsym from the loaded library):
 * how many calls that can fail there were; which is to fail, counted from now on, 0: none; what was
 * blamed; how many objects and allocations live, which are listed on standard error with `print`;
 * and a lost device, as after an illegal address, is as new again. */
uint64_t cudasim_calls(void);
void cudasim_fail_at(uint64_t n);
int cudasim_blames(void);
int cudasim_live(bool print);
void cudasim_revive(void);

/* ---- objects: objects.c ---- */

/* Handles of all libraries. `kind` is a literal, "cudnnTensorDescriptor_t". A freed handle is kept
 * as a corpse, so that it is known when it is used again. */
void *cudasim_object_new(const char *kind, size_t bytes);
void cudasim_object_free(const char *kind, void *object);
/* Is it a live one of that kind? Blames where it is not. */
bool cudasim_object_is(const char *function, const char *kind, const void *object);

/* ---- memory: memory.c ---- */

/* Lies [p, p + bytes) in one live allocation of the device's memory (of any device: -1)? Blames
 * where it does not, or where p is no multiple of `alignment`. For p == NULL false, too. */
bool cudasim_range_is(const char *function, int device, const void *p, size_t bytes,
                      size_t alignment);

/* ---- streams: stream.c ---- */

/* A piece of work: true once it is done; false where it cannot begin before others have gone on
 * (a collective whose peers are not there yet): it is tried again. Runs with the lock, device
 * memory open, and *what as it was when it was enqueued. */
typedef bool cudasim_work(void *what);

/* Enqueues on a stream, or records while the stream is captured (then it runs each time that the
 * graph is launched). Copies `bytes` of `what` now; what that points to must live on.
 * `stream` NULL: the device's default stream. */
cudaError_t cudasim_enqueue(const char *function, cudaStream_t stream, cudasim_work *run,
                            const void *what, size_t bytes);

/* Work that failed late, as at an illegal address: the device is lost until cudasim_revive. */
void cudasim_late_error(cudaError_t error);

/* From now on this is told of each piece of work that a graph or its executable form begins (1) or
 * ceases (-1) to hold. */
typedef void cudasim_holder(cudasim_work *run, const void *what, int change);
void cudasim_graph_tell(cudasim_holder *tell);

int cudasim_device(void); /* the calling thread's current one */
int cudasim_stream_device(cudaStream_t stream);
bool cudasim_is_capturing(cudaStream_t stream);

/* ---- kernels: kernels.h ---- */

/* What the stand-in of NVRTC gives as a "cubin", which cudaLibraryLoadData is given back. Like a
 * real one it can be kept in a file. The bytes of a shared library of the host follow it. */
#define CUDASIM_CUBIN_MAGIC "cudasim-cubin-1"
typedef struct cudasim_cubin {
    char magic[16];
    int arch;   /* 90 */
    int is_ptx; /* 1: later GPUs are given it, too */
    uint64_t bytes;
} cudasim_cubin;

#endif
