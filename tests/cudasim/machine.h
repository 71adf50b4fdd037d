/* machine.h: what the parts of the pretended machine know of each other (libcudasim), and what the
 * stand-in of the runtime (libcudart) asks them. Everything here is called with the lock. */
#ifndef RN_TESTS_CUDASIM_MACHINE_H
#define RN_TESTS_CUDASIM_MACHINE_H

#include "cudasim.h"

#define CUDASIM_DEVICES_MAX 16

/* ---- device.c ---- */

typedef struct cudasim_gpu {
    uint64_t memory_bytes, used_bytes;
    cudaError_t lost; /* what every call returns from now on */
    struct CUstream_st *default_stream;
} cudasim_gpu;

int cudasim_device_count(void);
cudasim_gpu *cudasim_gpu_at(int device);
void cudasim_set_device(int device);
int cudasim_arch(void); /* 90 */
typedef enum cudasim_order { CUDASIM_LATE, CUDASIM_EARLY, CUDASIM_OTHERS } cudasim_order;
cudasim_order cudasim_order_of_work(void);
int cudasim_driver_version(void); /* 0: no driver */
/* Why nothing can be done on this machine: no driver, or no GPU. */
cudaError_t cudasim_absence(void);

/* ---- calls.c ---- */

/* The lock alone, for what is called from the host outside of a function of NVIDIA's. */
void cudasim_lock(void);
void cudasim_unlock(void);

/* cudasim_enter and cudasim_leave for functions that return cudaError_t: begin gives the error that
 * the call has to return (injected, not allowed during capture, device lost, no driver), end keeps
 * it for cudaGetLastError. */
cudaError_t cudasim_begin(const char *function, bool during_capture);
cudaError_t cudasim_end(cudaError_t error);
/* The calling thread's last error; `clear`: as cudaGetLastError. */
cudaError_t cudasim_last_error(bool clear);

/* Gives the lock up until another thread has left a function, or some seconds have gone by: then
 * false. */
bool cudasim_pause(void);

/* ---- objects.c ---- */

/* Live objects of all kinds; `print` (kind, number) is told each. */
typedef void cudasim_teller(void *context, const char *kind, int n);
int cudasim_objects_tell(cudasim_teller *tell, void *context);

/* ---- memory.c ---- */

typedef enum cudasim_place { CUDASIM_ON_DEVICE, CUDASIM_PINNED } cudasim_place;

void *cudasim_memory_new(cudasim_place place, size_t bytes);
/* Blames, and gives false, where it is none, or was freed. */
bool cudasim_memory_free(const char *function, cudasim_place place, void *p);
/* The device whose memory p lies in; -1: none's. */
int cudasim_memory_device(const void *p);
bool cudasim_is_pinned(const void *p);
/* As cudasim_range_is, for pinned memory. */
bool cudasim_pinned_range_is(const char *function, const void *p, size_t bytes);
/* Lies it in, or beside, what is or was device memory? */
bool cudasim_memory_is_near(const void *p);
int cudasim_memory_tell(cudasim_teller *tell, void *context);
/* Lets the host read and write device memory, or not. */
void cudasim_memory_open(bool open);

/* ---- stream.c ---- */

/* A point in a stream's work; done once all work before it is. */
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
    bool is_blocking; /* goes with the default stream */
    cudasim_item *first, *last;
    struct cudasim_capture *capture;
    int capture_node; /* the last node of what was captured, -1 */
    struct CUstream_st *next;
};

struct CUevent_st {
    int device;
    unsigned flags;
    cudasim_mark *mark; /* NULL: never recorded */
    uint64_t capture;   /* the capture that it was recorded in last, 0: none */
    int capture_node;
};

cudaStream_t cudasim_stream_new(bool is_blocking);
/* Runs what is left. */
void cudasim_stream_free(cudaStream_t stream);
/* The stream that a handle means (NULL, cudaStreamLegacy: the default stream); NULL and blamed:
 * none. */
cudaStream_t cudasim_stream_find(const char *function, cudaStream_t handle);

/* Enqueues a point, or a wait for one. Marks have users, who drop them. */
cudasim_mark *cudasim_stream_mark(cudaStream_t stream);
void cudasim_stream_await(cudaStream_t stream, cudasim_mark *mark);
void cudasim_mark_drop(cudasim_mark *mark);
void cudasim_stream_push(const char *function, cudaStream_t stream, cudasim_work *run,
                         const void *what, size_t bytes);

/* ---- execute.c ---- */

/* Waits for the mark, or where it is NULL for all of the stream. */
cudaError_t cudasim_wait(const char *function, cudaStream_t stream, cudasim_mark *mark);
cudaError_t cudasim_wait_device(const char *function, int device); /* -1: all */
/* After something was enqueued: in early order does it. */
void cudasim_settle(cudaStream_t stream);
/* Does one piece of what stands before the mark. */
void cudasim_poll(cudaStream_t stream, cudasim_mark *mark);
cudaStream_t cudasim_streams(void);

/* ---- graph.c ---- */

/* A piece of work of a graph, or none (run NULL): a point. It depends on two others at most, which
 * come before it; -1: none. */
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
/* Copies what it does; the number of the new node. */
int cudasim_graph_add(cudaGraph_t graph, const cudasim_node *node);
cudaGraphExec_t cudasim_exec_new(const struct CUgraph_st *graph);
void cudasim_exec_free(cudaGraphExec_t exec); /* once its launches are done */
void cudasim_exec_launch(cudaGraphExec_t exec, cudaStream_t stream);

/* ---- capture.c ---- */

cudaError_t cudasim_capture_begin(cudaStream_t stream, enum cudaStreamCaptureMode mode);
cudaError_t cudasim_capture_end(const char *function, cudaStream_t stream, cudaGraph_t *graph);
enum cudaStreamCaptureStatus cudasim_capture_status(cudaStream_t stream);
/* The calling thread's, and what it was. */
enum cudaStreamCaptureMode cudasim_capture_exchange(enum cudaStreamCaptureMode mode);
/* Ends in an error, and so will the end of the capture. */
void cudasim_capture_spoil(cudaStream_t stream);

/* Is a function that is not allowed during capture called while one is going on that forbids it?
 * Spoils it. */
bool cudasim_capture_forbids(void);
/* Is a stream of the device captured, so that the whole device cannot be waited for? Spoils it. */
bool cudasim_capture_hinders(int device);
/* While the stream is captured: adds a piece of work; an event's point; a wait for one. */
cudaError_t cudasim_capture_work(const char *function, cudaStream_t stream, cudasim_work *run,
                                 const void *what, size_t bytes);
cudaError_t cudasim_capture_record(cudaStream_t stream, cudaEvent_t event);
cudaError_t cudasim_capture_wait(cudaStream_t stream, const struct CUevent_st *event);
/* Use of the default stream, while others are captured. */
cudaError_t cudasim_capture_legacy(const char *function, cudaStream_t stream);

#endif
