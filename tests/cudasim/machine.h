/* machine.h: what the parts of the simulated machine (libcudasim) use of each other, and what the
 * stand-in for the runtime (libcudart) uses of them. Call everything here with the lock held. */
#ifndef RN_TESTS_CUDASIM_MACHINE_H
#define RN_TESTS_CUDASIM_MACHINE_H

#include "cudasim.h"

#define CUDASIM_DEVICES_MAX 16

/* ---- device.c ---- */

typedef struct cudasim_gpu {
    uint64_t memory_bytes, used_bytes;
    cudaError_t lost; /* the error that every call returns from now on */
    struct CUstream_st *default_stream;
} cudasim_gpu;

int cudasim_device_count(void);     /* without those that CUDA_VISIBLE_DEVICES hides */
int cudasim_device_bus(int device); /* its PCI bus, as every process sees it */
cudasim_gpu *cudasim_gpu_at(int device);
void cudasim_set_device(int device);
int cudasim_arch(void); /* major * 10 + minor: 90 */
typedef enum cudasim_order { CUDASIM_LATE, CUDASIM_EARLY, CUDASIM_OTHERS } cudasim_order;
cudasim_order cudasim_order_of_work(void);
int cudasim_driver_version(void); /* 0: no driver */
/* The reason why this machine cannot be used: no driver, or no GPU; else cudaSuccess. */
cudaError_t cudasim_absence(void);

/* ---- calls.c ---- */

/* The lock alone, for calls from the host outside of NVIDIA's functions. */
void cudasim_lock(void);
void cudasim_unlock(void);

/* cudasim_enter and cudasim_leave for functions that return cudaError_t: begin returns the error
 * that the call must return (injected, forbidden during capture, device lost, no driver); end keeps
 * the error for cudaGetLastError. */
cudaError_t cudasim_begin(const char *function, bool during_capture);
cudaError_t cudasim_end(cudaError_t error);
/* The calling thread's last error; `clear`: reset it, as cudaGetLastError does. */
cudaError_t cudasim_last_error(bool clear);

/* True once for work of that function: it must fail when it runs. */
bool cudasim_fails_late(const char *function);

/* Releases the lock until another thread has left a function. False after a minute without one. */
bool cudasim_pause(void);
/* Adds to the number of reasons why other processes may do unheard what is waited for: while there
 * are any, cudasim_pause lasts a millisecond at most, and is true. */
void cudasim_unheard(int change);

/* ---- objects.c ---- */

/* Calls the visitor once for each type that has live objects, with their number; returns the
 * total. */
typedef void cudasim_visitor(void *context, const char *type, int n);
int cudasim_objects_visit(cudasim_visitor *visit, void *context);

/* ---- memory.c ---- */

typedef enum cudasim_space { CUDASIM_ON_DEVICE, CUDASIM_PINNED } cudasim_space;

void *cudasim_memory_new(cudasim_space space, size_t bytes);
/* False and blamed if p is not the start of a live allocation in that space. */
bool cudasim_memory_free(const char *function, cudasim_space space, void *p);
/* The device whose memory p lies in; -1: none. */
int cudasim_memory_device(const void *p);
/* Begin and size of the live device memory that p lies in; NULL: none. */
const unsigned char *cudasim_memory_begin(const void *p, size_t *bytes);
bool cudasim_is_pinned(const void *p);
/* As cudasim_range_is, for pinned memory. */
bool cudasim_pinned_range_is(const char *function, const void *p, size_t bytes);
/* True if p lies in, or next to, memory that is or was a device's. */
bool cudasim_memory_is_near(const void *p);
int cudasim_memory_visit(cudasim_visitor *visit, void *context);
/* Allows or forbids the host to read and write device memory. */
void cudasim_memory_open(bool open);

/* ---- stream.c ---- */

/* A position in a stream; done once all work before it is. */
typedef struct cudasim_mark {
    int users;
    bool done;
    double time_ms;
    struct CUstream_st *stream;
} cudasim_mark;

typedef struct cudasim_item {
    struct cudasim_item *next;
    const char *function;
    cudasim_mark *wait, *signal;
    cudasim_work *run;
    _Alignas(64) unsigned char what[];
} cudasim_item;

struct CUstream_st {
    int device;
    bool is_blocking; /* synchronises with the default stream */
    cudasim_item *first, *last;
    struct cudasim_capture *capture;
    int capture_node; /* the last node captured from this stream, or -1 */
    struct CUstream_st *next;
};

struct CUevent_st {
    int device;
    unsigned flags;
    cudasim_mark *mark; /* NULL: never recorded */
    uint64_t capture;   /* the capture in which it was last recorded, 0: none */
    int capture_node;
};

cudaStream_t cudasim_stream_new(bool is_blocking);
/* Runs the remaining work first. */
void cudasim_stream_free(cudaStream_t stream);
/* The stream that a handle means (NULL, cudaStreamLegacy: the default stream); NULL and blamed if
 * there is none. */
cudaStream_t cudasim_stream_find(const char *function, cudaStream_t handle);

/* Enqueues a mark, or a wait for one. Marks are reference-counted; each user drops its
 * reference. */
cudasim_mark *cudasim_stream_mark(cudaStream_t stream);
void cudasim_stream_await(cudaStream_t stream, cudasim_mark *mark);
void cudasim_mark_drop(cudasim_mark *mark);
void cudasim_stream_push(const char *function, cudaStream_t stream, cudasim_work *run,
                         const void *what, size_t bytes);

/* ---- execute.c ---- */

/* Waits for the mark, or for the whole stream if it is NULL. */
cudaError_t cudasim_wait(const char *function, cudaStream_t stream, cudasim_mark *mark);
cudaError_t cudasim_wait_device(const char *function, int device); /* -1: all devices */
/* Called after work was enqueued: runs it now if the order is "early". */
void cudasim_settle(cudaStream_t stream);
/* Runs one piece of the work before the mark. */
void cudasim_poll(cudaStream_t stream, cudasim_mark *mark);
cudaStream_t cudasim_streams(void);

/* ---- graph.c ---- */

/* One piece of work in a graph, or with `run` NULL only a position. It depends on at most two
 * earlier nodes; -1: none. */
typedef struct cudasim_node {
    const char *function;
    cudasim_work *run;
    void *what;
    size_t bytes;
    int after[2];
} cudasim_node;

struct CUgraph_st {
    int n, capacity;
    cudasim_node *nodes;
};

cudaGraph_t cudasim_graph_new(void);
void cudasim_graph_free(cudaGraph_t graph);
/* Copies the node's work; returns the new node's index. */
int cudasim_graph_add(cudaGraph_t graph, const cudasim_node *node);
cudaGraphExec_t cudasim_exec_new(const struct CUgraph_st *graph);
void cudasim_exec_free(cudaGraphExec_t exec); /* after its launches are done */
void cudasim_exec_launch(cudaGraphExec_t exec, cudaStream_t stream);

/* ---- capture.c ---- */

cudaError_t cudasim_capture_begin(cudaStream_t stream, enum cudaStreamCaptureMode mode);
cudaError_t cudasim_capture_end(const char *function, cudaStream_t stream, cudaGraph_t *graph);
enum cudaStreamCaptureStatus cudasim_capture_status(cudaStream_t stream);
/* Sets the calling thread's capture mode; returns the previous one. */
enum cudaStreamCaptureMode cudasim_capture_exchange(enum cudaStreamCaptureMode mode);
/* Invalidates the capture: ending it returns an error. */
void cudasim_capture_invalidate(cudaStream_t stream);

/* True if an active capture forbids a function that is not allowed during capture; invalidates that
 * capture. */
bool cudasim_capture_forbids(void);
/* True if a stream of the device is captured, so that the whole device cannot be waited for;
 * invalidates that capture. */
bool cudasim_capture_blocks_wait(int device);
/* While the stream is captured: adds a piece of work; an event's position; a wait for an event. */
cudaError_t cudasim_capture_work(const char *function, cudaStream_t stream, cudasim_work *run,
                                 const void *what, size_t bytes);
cudaError_t cudasim_capture_record(cudaStream_t stream, cudaEvent_t event);
cudaError_t cudasim_capture_wait(cudaStream_t stream, const struct CUevent_st *event);
/* Checks a use of the default stream while other streams are captured. */
cudaError_t cudasim_capture_legacy(const char *function, cudaStream_t stream);

#endif
