/* double.c: a preloaded library (LD_PRELOAD) that wraps OpenCL's loader and changes its device:
 * smaller, of another type, listed twice, or failing at the n-th call of a function. It counts
 * calls, and aborts the program if it exceeds a limit that the device reported.
 *
 *     OPENCL_DOUBLE=type=gpu,local=16384,group=64,copies=2,count=FILE,fail=clCreateBuffer:3:-4
 *
 * type: cpu or gpu; local: bytes of local memory; group: work-items per group; copies: how often
 * each device is listed; count: a file for lines "NAME CALLS", written at exit; kernels: a file to
 * which "NAME ITEMS" is appended for each enqueued kernel, with its group size; fail: from the n-th
 * call on, the function returns the error; late: milliseconds that the driver still uses a context
 * and its device after clFinish. */
#define CL_TARGET_OPENCL_VERSION 120
#define CL_USE_DEPRECATED_OPENCL_1_1_APIS

#include <CL/cl.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

/* Functions that are counted and can fail. */
/* clang-format off */
#define COUNTED(X)                                                                                 \
    X(clCreateContext)                                                                             \
    X(clCreateCommandQueue)                                                                        \
    X(clCreateBuffer)                                                                              \
    X(clCreateProgramWithSource)                                                                   \
    X(clCreateProgramWithBinary)                                                                   \
    X(clBuildProgram)                                                                              \
    X(clCreateKernel)                                                                              \
    X(clSetKernelArg)                                                                              \
    X(clEnqueueNDRangeKernel)                                                                      \
    X(clEnqueueWriteBuffer)                                                                        \
    X(clEnqueueReadBuffer)                                                                         \
    X(clEnqueueMapBuffer)                                                                          \
    X(clFinish)                                                                                    \
    X(clWaitForEvents)                                                                             \
    X(blocking)
/* clang-format on */

#define ENUM(name) COUNT_##name,
#define NAME(name) #name,
enum { COUNTED(ENUM) N_COUNTED };
static const char *const NAMES[N_COUNTED] = { COUNTED(NAME) };

static struct {
    int64_t local_bytes, group_items, copies; /* 0: unchanged */
    int64_t late_ms, n_used;                  /* contexts that the driver still uses */
    cl_device_type type;                      /* 0: unchanged */
    char count_path[256], kernels_path[256], fail_name[64];
    int64_t fail_at;
    cl_int fail_error;
    int64_t calls[N_COUNTED];
} state;

static void write_counts(void)
{
    FILE *file = state.count_path[0] ? fopen(state.count_path, "w") : NULL;
    if (!file)
        return;
    for (int i = 0; i < N_COUNTED; i++)
        fprintf(file, "%s %lld\n", NAMES[i], (long long)state.calls[i]);
    fclose(file);
}

static void apply_setting(const char *text)
{
    const char *value = strchr(text, '=');
    if (!value)
        return;
    value++;
    if (strncmp(text, "local=", 6) == 0)
        state.local_bytes = atoll(value);
    else if (strncmp(text, "group=", 6) == 0)
        state.group_items = atoll(value);
    else if (strncmp(text, "copies=", 7) == 0)
        state.copies = atoll(value);
    else if (strncmp(text, "late=", 5) == 0)
        state.late_ms = atoll(value);
    else if (strncmp(text, "type=", 5) == 0)
        state.type = strcmp(value, "gpu") == 0 ? CL_DEVICE_TYPE_GPU : CL_DEVICE_TYPE_CPU;
    else if (strncmp(text, "count=", 6) == 0)
        snprintf(state.count_path, sizeof state.count_path, "%s", value);
    else if (strncmp(text, "kernels=", 8) == 0)
        snprintf(state.kernels_path, sizeof state.kernels_path, "%s", value);
    else if (sscanf(text, "fail=%63[A-Za-z]", state.fail_name) == 1) {
        const char *at = strchr(value, ':');
        state.fail_at = at ? atoll(at + 1) : 1;
        at = at ? strchr(at + 1, ':') : NULL;
        state.fail_error = at ? atoi(at + 1) : CL_OUT_OF_RESOURCES;
    }
}

__attribute__((constructor)) static void begin(void)
{
    const char *settings = getenv("OPENCL_DOUBLE");
    char *copy = strdup(settings ? settings : ""), *rest = copy, *one;
    while ((one = strsep(&rest, ",")) != NULL)
        apply_setting(one);
    free(copy);
}

__attribute__((destructor)) static void end(void)
{
    write_counts();
}

static void fail_limit(const char *what, int64_t found, int64_t limit)
{
    fprintf(stderr, "opencl double: %s: %lld, but the device allows %lld\n", what, (long long)found,
            (long long)limit);
    abort();
}

/* Counts a call; returns the error that it must return. */
static cl_int count_call(int which)
{
    int64_t n = __atomic_add_fetch(&state.calls[which], 1, __ATOMIC_RELAXED);
    if (state.fail_at && strcmp(state.fail_name, NAMES[which]) == 0 && n >= state.fail_at)
        return state.fail_error;
    return CL_SUCCESS;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* ---- Device properties ---- */

EXPORT cl_int clGetDeviceIDs(cl_platform_id platform, cl_device_type type, cl_uint n,
                             cl_device_id *devices, cl_uint *n_devices)
{
    cl_device_id found[16];
    cl_uint n_found = 0, n_listed = 0;
    cl_int error = REAL(clGetDeviceIDs)(platform, CL_DEVICE_TYPE_ALL, 16, found, &n_found);
    if (error)
        return error;
    if (state.type && !(type & state.type) && type != CL_DEVICE_TYPE_ALL)
        return CL_DEVICE_NOT_FOUND;
    for (int64_t copy = 0; copy < (state.copies ? state.copies : 1); copy++)
        for (cl_uint i = 0; i < n_found && i < 16; i++, n_listed++)
            if (devices && n_listed < n)
                devices[n_listed] = found[i];
    if (n_devices)
        *n_devices = n_listed;
    return CL_SUCCESS;
}

EXPORT cl_int clGetDeviceInfo(cl_device_id device, cl_device_info what, size_t bytes, void *value,
                              size_t *bytes_needed)
{
    cl_int error = REAL(clGetDeviceInfo)(device, what, bytes, value, bytes_needed);
    if (error || !value)
        return error;
    if (what == CL_DEVICE_TYPE && state.type)
        *(cl_device_type *)value = state.type;
    else if (what == CL_DEVICE_LOCAL_MEM_SIZE && state.local_bytes)
        *(cl_ulong *)value = (cl_ulong)state.local_bytes;
    else if (what == CL_DEVICE_LOCAL_MEM_TYPE && state.type == CL_DEVICE_TYPE_GPU)
        *(cl_device_local_mem_type *)value = CL_LOCAL;
    else if (what == CL_DEVICE_MAX_WORK_GROUP_SIZE && state.group_items)
        *(size_t *)value = (size_t)state.group_items;
    else if (what == CL_DEVICE_MAX_WORK_ITEM_SIZES && state.group_items)
        for (size_t i = 0; i < bytes / sizeof(size_t) && i < 3; i++)
            ((size_t *)value)[i] = (size_t)state.group_items;
    return CL_SUCCESS;
}

EXPORT cl_int clGetKernelWorkGroupInfo(cl_kernel kernel, cl_device_id device,
                                       cl_kernel_work_group_info what, size_t bytes, void *value,
                                       size_t *bytes_needed)
{
    cl_int error = REAL(clGetKernelWorkGroupInfo)(kernel, device, what, bytes, value, bytes_needed);
    if (!error && value && what == CL_KERNEL_WORK_GROUP_SIZE && state.group_items &&
        *(size_t *)value > (size_t)state.group_items)
        *(size_t *)value = (size_t)state.group_items;
    return error;
}

/* ---- Calls ---- */

static int64_t items_of(cl_uint rank, const size_t *local)
{
    int64_t items = 1;
    for (cl_uint i = 0; i < rank && local; i++)
        items *= (int64_t)local[i];
    return items;
}

/* Appends a line to the file of kernels, unless it equals the previous one. */
static void write_kernel(cl_kernel kernel, int64_t items)
{
    static char last[160];
    char name[128] = "", line[160];
    if (!state.kernels_path[0])
        return;
    clGetKernelInfo(kernel, CL_KERNEL_FUNCTION_NAME, sizeof name, name, NULL);
    snprintf(line, sizeof line, "%s %lld\n", name, (long long)items);
    FILE *file = strcmp(line, last) ? fopen(state.kernels_path, "a") : NULL;
    if (!file)
        return;
    fputs(line, file);
    fclose(file);
    strcpy(last, line);
}

static void check_limits(cl_kernel kernel, int64_t items)
{
    cl_ulong local_bytes = 0;
    cl_device_id device;
    cl_context context;
    if (state.group_items && items > state.group_items)
        fail_limit("items of a group", items, state.group_items);
    if (!state.local_bytes ||
        clGetKernelInfo(kernel, CL_KERNEL_CONTEXT, sizeof context, &context, NULL) ||
        clGetContextInfo(context, CL_CONTEXT_DEVICES, sizeof device, &device, NULL))
        return;
    REAL(clGetKernelWorkGroupInfo)
    (kernel, device, CL_KERNEL_LOCAL_MEM_SIZE, sizeof local_bytes, &local_bytes, NULL);
    if (local_bytes > (cl_ulong)state.local_bytes)
        fail_limit("bytes of local memory", (int64_t)local_bytes, state.local_bytes);
}

EXPORT cl_int clEnqueueNDRangeKernel(cl_command_queue queue, cl_kernel kernel, cl_uint rank,
                                     const size_t *offset, const size_t *global,
                                     const size_t *local, cl_uint n_waits, const cl_event *waits,
                                     cl_event *event)
{
    cl_int error = count_call(COUNT_clEnqueueNDRangeKernel);
    check_limits(kernel, items_of(rank, local));
    write_kernel(kernel, items_of(rank, local));
    return error ? error
                 : REAL(clEnqueueNDRangeKernel)(queue, kernel, rank, offset, global, local, n_waits,
                                                waits, event);
}

#define BLOCKS(is_blocking) ((is_blocking) ? (void)count_call(COUNT_blocking) : (void)0)

EXPORT cl_int clEnqueueWriteBuffer(cl_command_queue queue, cl_mem memory, cl_bool blocks,
                                   size_t offset, size_t bytes, const void *from, cl_uint n_waits,
                                   const cl_event *waits, cl_event *event)
{
    cl_int error = count_call(COUNT_clEnqueueWriteBuffer);
    BLOCKS(blocks);
    return error ? error
                 : REAL(clEnqueueWriteBuffer)(queue, memory, blocks, offset, bytes, from, n_waits,
                                              waits, event);
}

EXPORT cl_int clEnqueueReadBuffer(cl_command_queue queue, cl_mem memory, cl_bool blocks,
                                  size_t offset, size_t bytes, void *to, cl_uint n_waits,
                                  const cl_event *waits, cl_event *event)
{
    cl_int error = count_call(COUNT_clEnqueueReadBuffer);
    BLOCKS(blocks);
    return error ? error
                 : REAL(clEnqueueReadBuffer)(queue, memory, blocks, offset, bytes, to, n_waits,
                                             waits, event);
}

static void *use_late(void *context)
{
    usleep((useconds_t)(1000 * state.late_ms));
    __atomic_sub_fetch(&state.n_used, 1, __ATOMIC_RELAXED);
    clReleaseContext(context);
    return NULL;
}

/* As the thread of a driver that the system has put aside. */
static void begin_late_use(cl_command_queue queue)
{
    cl_context context;
    pthread_t thread;
    if (!state.late_ms ||
        clGetCommandQueueInfo(queue, CL_QUEUE_CONTEXT, sizeof context, &context, NULL) ||
        clRetainContext(context))
        return;
    __atomic_add_fetch(&state.n_used, 1, __ATOMIC_RELAXED);
    if (pthread_create(&thread, NULL, use_late, context))
        abort();
    pthread_detach(thread);
}

EXPORT cl_int clFinish(cl_command_queue queue)
{
    cl_int error = count_call(COUNT_clFinish);
    BLOCKS(1);
    error = error ? error : REAL(clFinish)(queue);
    begin_late_use(queue);
    return error;
}

EXPORT cl_int clReleaseDevice(cl_device_id device)
{
    if (__atomic_load_n(&state.n_used, __ATOMIC_RELAXED)) {
        fputs("opencl double: a device is released while its driver uses it\n", stderr);
        abort();
    }
    return REAL(clReleaseDevice)(device);
}

EXPORT cl_int clWaitForEvents(cl_uint n, const cl_event *events)
{
    cl_int error = count_call(COUNT_clWaitForEvents);
    BLOCKS(1);
    return error ? error : REAL(clWaitForEvents)(n, events);
}

EXPORT cl_int clSetKernelArg(cl_kernel kernel, cl_uint index, size_t bytes, const void *value)
{
    cl_int error = count_call(COUNT_clSetKernelArg);
    return error ? error : REAL(clSetKernelArg)(kernel, index, bytes, value);
}

EXPORT cl_int clBuildProgram(cl_program program, cl_uint n, const cl_device_id *devices,
                             const char *options, void(CL_CALLBACK *notify)(cl_program, void *),
                             void *data)
{
    cl_int error = count_call(COUNT_clBuildProgram);
    return error ? error : REAL(clBuildProgram)(program, n, devices, options, notify, data);
}

/* For functions that return an object and store the error through their last argument. */
#define CREATES(which)                                                                             \
    cl_int failure = count_call(COUNT_##which);                                                    \
    if (failure) {                                                                                 \
        if (error)                                                                                 \
            *error = failure;                                                                      \
        return NULL;                                                                               \
    }

EXPORT cl_context clCreateContext(const cl_context_properties *properties, cl_uint n,
                                  const cl_device_id *devices,
                                  void(CL_CALLBACK *notify)(const char *, const void *, size_t,
                                                            void *),
                                  void *data, cl_int *error)
{
    CREATES(clCreateContext)
    return REAL(clCreateContext)(properties, n, devices, notify, data, error);
}

EXPORT cl_command_queue clCreateCommandQueue(cl_context context, cl_device_id device,
                                             cl_command_queue_properties properties, cl_int *error)
{
    CREATES(clCreateCommandQueue)
    return REAL(clCreateCommandQueue)(context, device, properties, error);
}

EXPORT cl_mem clCreateBuffer(cl_context context, cl_mem_flags flags, size_t bytes, void *host,
                             cl_int *error)
{
    CREATES(clCreateBuffer)
    return REAL(clCreateBuffer)(context, flags, bytes, host, error);
}

EXPORT void *clEnqueueMapBuffer(cl_command_queue queue, cl_mem memory, cl_bool blocks,
                                cl_map_flags flags, size_t offset, size_t bytes, cl_uint n_waits,
                                const cl_event *waits, cl_event *event, cl_int *error)
{
    CREATES(clEnqueueMapBuffer)
    BLOCKS(blocks);
    return REAL(clEnqueueMapBuffer)(queue, memory, blocks, flags, offset, bytes, n_waits, waits,
                                    event, error);
}

EXPORT cl_program clCreateProgramWithSource(cl_context context, cl_uint n, const char **texts,
                                            const size_t *lengths, cl_int *error)
{
    CREATES(clCreateProgramWithSource)
    return REAL(clCreateProgramWithSource)(context, n, texts, lengths, error);
}

EXPORT cl_program clCreateProgramWithBinary(cl_context context, cl_uint n,
                                            const cl_device_id *devices, const size_t *lengths,
                                            const unsigned char **binaries, cl_int *status,
                                            cl_int *error)
{
    CREATES(clCreateProgramWithBinary)
    return REAL(clCreateProgramWithBinary)(context, n, devices, lengths, binaries, status, error);
}

EXPORT cl_kernel clCreateKernel(cl_program program, const char *name, cl_int *error)
{
    CREATES(clCreateKernel)
    return REAL(clCreateKernel)(program, name, error);
}
