/* program.c: programs of a context, each compiled once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "opencl/opencl.h"

extern const char OPENCL_TEXT(prelude)[];

enum { MAX_TEXTS = 5, OPTIONS_BYTES = 640, LOG_BYTES = 1500 };

typedef struct program {
    struct program *next;
    cl_program cl;
    const char *texts[MAX_TEXTS];
    char options[OPTIONS_BYTES];
} program;

struct opencl_programs {
    program *first;
};

static bool is_same(const program *p, const program *q)
{
    return memcmp(p->texts, q->texts, sizeof p->texts) == 0 && strcmp(p->options, q->options) == 0;
}

static rn_status build_failed(rn_context *context, const program *p, cl_int error)
{
    char log[LOG_BYTES] = "";
    size_t bytes = 0;
    clGetProgramBuildInfo(p->cl, context->device, CL_PROGRAM_BUILD_LOG, 0, NULL, &bytes);
    char *whole = bytes ? calloc(1, bytes + 1) : NULL;
    if (whole)
        clGetProgramBuildInfo(p->cl, context->device, CL_PROGRAM_BUILD_LOG, bytes, whole, NULL);
    snprintf(log, sizeof log, "%s", whole ? whole : "it gave no log");
    free(whole);
    return opencl_host->fail(RN_E_DEVICE, "OpenCL's compiler failed (%d) with the options %s: %s",
                             (int)error, p->options, log);
}

static rn_status program_build(rn_context *context, program *p)
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

static void program_free(program *p)
{
    if (p->cl)
        clReleaseProgram(p->cl);
    free(p);
}

static program *program_of(const rn_context *context, const opencl_code *code)
{
    program *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->texts[0] = OPENCL_TEXT(prelude);
    memcpy(p->texts + 1, code->texts, sizeof code->texts);
    snprintf(p->options, sizeof p->options, "-cl-std=CL1.2 -cl-mad-enable -DGROUP=%d %s",
             (int)context->group, code->options);
    return p;
}

static rn_status program_find(rn_context *context, const opencl_code *code, program **found)
{
    if (!context->programs)
        context->programs = calloc(1, sizeof *context->programs);
    program *wanted = context->programs ? program_of(context, code) : NULL;
    if (!wanted)
        return opencl_host->fail(RN_E_NOMEM, "no memory for a program");
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

rn_status opencl_kernel_create(rn_context *context, const opencl_code *code, const char *function,
                               cl_kernel *kernel)
{
    program *found = NULL;
    cl_int error = CL_SUCCESS;
    rn_status status = program_find(context, code, &found);
    if (status)
        return status;
    *kernel = clCreateKernel(found->cl, function, &error);
    return opencl_check(error, "make a kernel");
}

void opencl_programs_free(opencl_programs *programs)
{
    if (!programs)
        return;
    for (program *p = programs->first, *next; p; p = next) {
        next = p->next;
        program_free(p);
    }
    free(programs);
}
