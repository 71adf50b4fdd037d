/* program.c: the programs of a context, each compiled once and cached for the next start. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gpu/binary.h"
#include "opencl/runtime/memory.h"

extern const char GPU_TEXT(prelude)[];

enum { MAX_TEXTS = 1 + GPU_MAX_TEXTS, OPTIONS_BYTES = 640, LOG_BYTES = 1500 };

typedef struct program {
    struct program *next;
    cl_program cl;
    const char *texts[MAX_TEXTS];
    char *wrapper; /* the second text of a plugin's program; else NULL */
    char options[OPTIONS_BYTES];
    size_t kept_bytes; /* size of the binary it was made from; 0: made from source */
} program;

struct opencl_programs {
    program *first;
    bool cannot_keep; /* the failure has been reported */
};

static bool is_same(const program *p, const program *q)
{
    if (p->wrapper && q->wrapper)
        return p->texts[0] == q->texts[0] && strcmp(p->wrapper, q->wrapper) == 0;
    return memcmp(p->texts, q->texts, sizeof p->texts) == 0 && strcmp(p->options, q->options) == 0;
}

static void key_make(const rn_context *context, const program *p, gpu_binary_key *key)
{
    int32_t n = 0;
    key->backend = "opencl";
    key->parts[n++] = context->machine;
    key->parts[n++] = p->options;
    for (int32_t i = 0; i < MAX_TEXTS && p->texts[i]; i++)
        key->parts[n++] = p->texts[i];
    key->parts[n] = NULL;
}

/* The beginning of the compiler's log, on one line. */
static void log_read(rn_context *context, const program *p, char log[LOG_BYTES])
{
    size_t bytes = 0;
    clGetProgramBuildInfo(p->cl, context->device, CL_PROGRAM_BUILD_LOG, 0, NULL, &bytes);
    char *whole = bytes ? calloc(1, bytes + 1) : NULL;
    if (whole)
        clGetProgramBuildInfo(p->cl, context->device, CL_PROGRAM_BUILD_LOG, bytes, whole, NULL);
    snprintf(log, LOG_BYTES, "%s", whole && whole[0] ? whole : "it gave no log");
    free(whole);
    gpu_binary_log_flatten(log);
}

static rn_status build_failed(rn_context *context, const program *p, cl_int error)
{
    char log[LOG_BYTES];
    log_read(context, p, log);
    return gpu_host->fail(error == CL_OUT_OF_HOST_MEMORY ? RN_E_NOMEM : RN_E_DEVICE,
                          "OpenCL's compiler failed with %s (%d), options %s: %s",
                          opencl_error_name(error), (int)error, p->options, log);
}

/* ---- Binaries in files ---- */

/* False, and p->cl is NULL, if the driver rejects the binary. */
static bool binary_build(rn_context *context, program *p, const unsigned char *binary, size_t bytes)
{
    cl_int error = CL_SUCCESS, refused = CL_SUCCESS;
    p->cl = clCreateProgramWithBinary(context->cl, 1, &context->device, &bytes, &binary, &refused,
                                      &error);
    if (!error && !refused)
        error = clBuildProgram(p->cl, 1, &context->device, p->options, NULL, NULL);
    if (!error && !refused)
        return true;
    if (p->cl)
        clReleaseProgram(p->cl);
    p->cl = NULL;
    return false;
}

static bool kept_build(rn_context *context, program *p, const gpu_binary_key *key)
{
    unsigned char *binary = NULL;
    size_t bytes = 0;
    gpu_binary_find found = gpu_binary_load(gpu_host, key, &binary, &bytes);
    bool is_built = found == BINARY_FOUND && binary_build(context, p, binary, bytes);
    p->kept_bytes = is_built ? bytes : 0;
    free(binary);
    if (found == BINARY_ABSENT || is_built)
        return is_built;
    gpu_binary_note_useless(gpu_host, key, found);
    return false;
}

/* The compiled binary; NULL if the driver does not provide it. */
static unsigned char *binary_get(const program *p, size_t *bytes)
{
    unsigned char *binary = NULL;
    *bytes = 0;
    if (clGetProgramInfo(p->cl, CL_PROGRAM_BINARY_SIZES, sizeof *bytes, bytes, NULL) || !*bytes)
        return NULL;
    binary = malloc(*bytes);
    if (binary && clGetProgramInfo(p->cl, CL_PROGRAM_BINARIES, sizeof binary, &binary, NULL)) {
        free(binary);
        binary = NULL;
    }
    return binary;
}

/* Writes the binary if it differs from the file. */
static void program_keep(rn_context *context, const program *p)
{
    size_t bytes = 0;
    gpu_binary_key key;
    opencl_programs *programs = context->programs;
    unsigned char *binary = programs->cannot_keep ? NULL : binary_get(p, &bytes);
    key_make(context, p, &key);
    if (binary && bytes != p->kept_bytes)
        programs->cannot_keep = !gpu_binary_save(gpu_host, &key, binary, bytes);
    free(binary);
}

/* ---- Programs of a context ---- */

static rn_status program_compile(rn_context *context, program *p)
{
    cl_int error = CL_SUCCESS;
    cl_uint n = 0;
    const char *texts[MAX_TEXTS];
    while (n < MAX_TEXTS && p->texts[n]) {
        texts[n] = p->texts[n];
        n++;
    }
    p->cl = clCreateProgramWithSource(context->cl, n, texts, NULL, &error);
    if (error)
        return opencl_check(error, "take the text of a program");
    error = clBuildProgram(p->cl, 1, &context->device, p->options, NULL, NULL);
    return error ? build_failed(context, p, error) : RN_OK;
}

static rn_status program_build(rn_context *context, program *p)
{
    gpu_binary_key key;
    key_make(context, p, &key);
    if (kept_build(context, p, &key))
        return RN_OK;
    rn_status status = opencl_room(context, 0);
    if (!status)
        status = program_compile(context, p);
    if (!status && !context->limits.is_cpu)
        program_keep(context, p);
    return status;
}

static void program_free(program *p)
{
    if (p->cl)
        clReleaseProgram(p->cl);
    free(p->wrapper);
    free(p);
}

static program *program_of(const rn_context *context, const gpu_code *code)
{
    program *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->texts[0] = GPU_TEXT(prelude);
    memcpy(p->texts + 1, code->texts, sizeof code->texts);
    snprintf(p->options, sizeof p->options, "-cl-std=CL1.2 -cl-mad-enable -DGROUP=%d %s",
             (int)context->group, code->options);
    return p;
}

static program *program_of_bare(const gpu_bare_code *code)
{
    program *p = calloc(1, sizeof *p);
    char *wrapper = strdup(code->wrapper);
    if (!p || !wrapper) {
        free(p);
        free(wrapper);
        return NULL;
    }
    p->texts[0] = code->text;
    p->texts[1] = p->wrapper = wrapper;
    snprintf(p->options, sizeof p->options, "-cl-std=CL1.2");
    return p;
}

/* The context's program like `wanted`, which is built if there is none. Takes ownership of
 * `wanted`; NULL: there was no memory for it. */
static rn_status program_find(rn_context *context, program *wanted, program **found)
{
    if (!context->programs)
        context->programs = calloc(1, sizeof *context->programs);
    if (!wanted || !context->programs) {
        if (wanted)
            program_free(wanted);
        return gpu_host->fail(RN_E_NOMEM, "no memory for a program");
    }
    for (*found = context->programs->first; *found; *found = (*found)->next)
        if (is_same(*found, wanted)) {
            program_free(wanted);
            return RN_OK;
        }
    rn_status status = program_build(context, wanted);
    if (status) {
        program_free(wanted);
        return status;
    }
    wanted->next = context->programs->first;
    context->programs->first = *found = wanted;
    return RN_OK;
}

/* A kernel of the program like `wanted`; program_find(). */
static rn_status kernel_create(rn_context *context, program *wanted, const char *function,
                               cl_kernel *kernel)
{
    program *found = NULL;
    cl_int error = CL_SUCCESS;
    rn_status status = program_find(context, wanted, &found);
    if (status)
        return status;
    *kernel = clCreateKernel(found->cl, function, &error);
    return opencl_check(error, "make a kernel");
}

rn_status opencl_kernel_create(rn_context *context, const gpu_code *code, const char *function,
                               cl_kernel *kernel)
{
    return kernel_create(context, program_of(context, code), function, kernel);
}

rn_status opencl_kernel_create_bare(rn_context *context, const gpu_bare_code *code,
                                    const char *function, cl_kernel *kernel)
{
    return kernel_create(context, program_of_bare(code), function, kernel);
}

static bool has_new(const opencl_programs *programs)
{
    for (const program *p = programs->first; p; p = p->next)
        if (!p->kept_bytes)
            return true;
    return false;
}

/* PoCL compiles kernels at their first run, for the size of their work-groups, so a binary is
 * complete only now. When asked for the binary, PoCL compiles each kernel again, for work-groups of
 * any size: half a minute after the first run of a ResNet-18 on two cores, once. */
void opencl_programs_free(rn_context *context)
{
    opencl_programs *programs = context->programs;
    if (!programs)
        return;
    if (context->limits.is_cpu && context->has_run && has_new(programs))
        gpu_host->note(RN_LOG_WARNING, "the compiled programs are kept for the next start; "
                                       "this takes up to half a minute, once");
    for (program *p = programs->first, *next; p; p = next) {
        next = p->next;
        if (context->limits.is_cpu && context->has_run)
            program_keep(context, p);
        program_free(p);
    }
    free(programs);
}
