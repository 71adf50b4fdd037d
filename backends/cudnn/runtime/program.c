/* program.c: the programs of a context; each is compiled once and cached for the next start. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cudnn/runtime/compile.h"
#include "gpu/binary.h"

extern const char GPU_TEXT(prelude)[];

typedef struct program {
    struct program *next;
    cudnn_source source;
    cudaLibrary_t library;
} program;

struct cudnn_programs {
    program *first;
    bool cannot_keep; /* the cache cannot be written, and a note said so */
    char target[CUDNN_TARGET_BYTES], compiler[CUDNN_TARGET_BYTES];
};

static bool is_same(const cudnn_source *a, const cudnn_source *b)
{
    return memcmp(a->texts, b->texts, sizeof a->texts) == 0 && strcmp(a->options, b->options) == 0;
}

/* The options include the GPU's architecture. */
static void key_make(const cudnn_programs *programs, const program *p, gpu_binary_key *key)
{
    int32_t n = 0;
    key->backend = "cudnn";
    key->parts[n++] = programs->compiler;
    key->parts[n++] = p->source.options;
    for (int32_t i = 0; i < CUDNN_MAX_TEXTS && p->source.texts[i]; i++)
        key->parts[n++] = p->source.texts[i];
    key->parts[n] = NULL;
}

static cudaError_t image_load(program *p, const unsigned char *image)
{
    cudaError_t error = cudaLibraryLoadData(&p->library, image, NULL, NULL, 0, NULL, NULL, 0);
    if (error)
        p->library = NULL;
    return error;
}

/* True if the image itself was refused; compiling again does not help other errors. */
static bool is_refused(cudaError_t error)
{
    return error == cudaErrorInvalidKernelImage || error == cudaErrorNoKernelImageForDevice ||
           error == cudaErrorInvalidPtx || error == cudaErrorUnsupportedPtxVersion ||
           error == cudaErrorInvalidValue || error == cudaErrorJitCompilerNotFound;
}

/* Loads p->library from the cache; leaves it NULL if the cache has no usable image. */
static rn_status kept_load(program *p, const gpu_binary_key *key)
{
    unsigned char *image = NULL;
    size_t bytes = 0;
    cudaError_t error = cudaSuccess;
    gpu_binary_find found = gpu_binary_load(gpu_host, key, &image, &bytes);
    if (found == BINARY_FOUND)
        error = image_load(p, image);
    free(image);
    if (error && !is_refused(error))
        return cudnn_cuda_check(error, "load a program");
    if (error || found == BINARY_DAMAGED) {
        gpu_binary_note_useless(gpu_host, key, found);
        cudaGetLastError();
    }
    return RN_OK;
}

static rn_status program_compile(cudnn_programs *programs, program *p, const gpu_binary_key *key)
{
    unsigned char *image = NULL;
    size_t bytes = 0;
    rn_status status = cudnn_compile(&p->source, &image, &bytes);
    if (status)
        goto done;
    status = cudnn_cuda_check(image_load(p, image), "load a program");
    if (!status && !programs->cannot_keep)
        programs->cannot_keep = !gpu_binary_save(gpu_host, key, image, bytes);
done:
    free(image);
    return status;
}

static rn_status program_build(cudnn_programs *programs, program *p)
{
    gpu_binary_key key;
    key_make(programs, p, &key);
    rn_status status = kept_load(p, &key);
    if (!status && !p->library)
        status = program_compile(programs, p, &key);
    return status;
}

static rn_status programs_open(rn_context *context)
{
    if (context->programs)
        return RN_OK;
    cudnn_programs *made = calloc(1, sizeof *made);
    if (!made)
        return gpu_host->fail(RN_E_NOMEM, "no memory for programs");
    rn_status status = cudnn_compile_target(context->arch, made->target);
    if (status) {
        free(made);
        return status;
    }
    cudnn_compiler_name(made->compiler);
    context->programs = made;
    return RN_OK;
}

static void program_free(program *p)
{
    if (p->library)
        cudaLibraryUnload(p->library);
    free(p);
}

static rn_status source_make(const cudnn_programs *programs, const gpu_code *code,
                             cudnn_source *source)
{
    source->texts[0] = GPU_TEXT(prelude);
    memcpy(source->texts + 1, code->texts, sizeof code->texts);
    int length = snprintf(source->options, sizeof source->options, "%s -DGROUP=%d %s",
                          programs->target, CUDNN_GROUP, code->options);
    if (length > 0 && (size_t)length < sizeof source->options)
        return RN_OK;
    return gpu_host->fail(RN_E_PLUGIN, "a program's options are longer than %zu characters",
                          sizeof source->options - 1);
}

/* The context's program of this source, which is built if there is none. */
static rn_status program_find(rn_context *context, const cudnn_source *source, program **found)
{
    cudnn_programs *programs = context->programs;
    for (*found = programs->first; *found; *found = (*found)->next)
        if (is_same(&(*found)->source, source))
            return RN_OK;
    program *wanted = calloc(1, sizeof *wanted);
    if (!wanted)
        return gpu_host->fail(RN_E_NOMEM, "no memory for a program");
    wanted->source = *source;
    rn_status status = program_build(programs, wanted);
    if (status) {
        program_free(wanted);
        return status;
    }
    wanted->next = programs->first;
    programs->first = *found = wanted;
    return RN_OK;
}

/* Querying the attributes loads the kernel onto the GPU now rather than at its first launch. */
static rn_status kernel_find(rn_context *context, const cudnn_source *source, const char *function,
                             cudaKernel_t *kernel)
{
    program *found = NULL;
    char what[96];
    struct cudaFuncAttributes attributes;
    rn_status status = program_find(context, source, &found);
    if (status)
        return status;
    snprintf(what, sizeof what, "find kernel %.60s", function);
    status = cudnn_cuda_check(cudaLibraryGetKernel(kernel, found->library, function), what);
    if (status)
        return status;
    snprintf(what, sizeof what, "load kernel %.60s", function);
    return cudnn_cuda_check(cudaFuncGetAttributes(&attributes, (const void *)*kernel), what);
}

rn_status cudnn_kernel_find(rn_context *context, const gpu_code *code, const char *function,
                            cudaKernel_t *kernel)
{
    cudnn_source source = { 0 };
    rn_status status = programs_open(context);
    if (!status)
        status = source_make(context->programs, code, &source);
    return status ? status : kernel_find(context, &source, function, kernel);
}

rn_status cudnn_kernel_find_bare(rn_context *context, const gpu_bare_code *code,
                                 const char *function, cudaKernel_t *kernel)
{
    cudnn_source source = { .texts = { code->text } };
    rn_status status = programs_open(context);
    if (status)
        return status;
    snprintf(source.options, sizeof source.options, "%s", context->programs->target);
    return kernel_find(context, &source, function, kernel);
}

void cudnn_programs_free(rn_context *context)
{
    cudnn_programs *programs = context->programs;
    if (!programs)
        return;
    for (program *p = programs->first, *next; p; p = next) {
        next = p->next;
        program_free(p);
    }
    free(programs);
    context->programs = NULL;
}
