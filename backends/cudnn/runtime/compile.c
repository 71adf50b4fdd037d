/* compile.c: compiles programs with NVRTC. The only options are the architecture and macros.
 * Divisions, square roots and denormals stay exact (no --use_fast_math), since fp32 means fp32;
 * products and sums are fused, as is usual on GPUs. The texts mark each function's execution space,
 * so -default-device is not needed. */
#include "cudnn/runtime/compile.h"

#include <nvrtc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gpu/binary.h"

enum { LOG_BYTES = 1500, MAX_WORDS = 64, MAX_ARCHS = 64 };

static rn_status nvrtc_check(nvrtcResult error, const char *what)
{
    if (!error)
        return RN_OK;
    return gpu_host->fail(error == NVRTC_ERROR_OUT_OF_MEMORY ? RN_E_NOMEM : RN_E_DEVICE,
                          "NVRTC could not %s: %s", what, nvrtcGetErrorString(error));
}

/* ---- Architectures ---- */

static rn_status archs_list(int archs[MAX_ARCHS], int *n)
{
    *n = 0;
    rn_status status = nvrtc_check(nvrtcGetNumSupportedArchs(n), "list the GPUs that it knows");
    if (status)
        return status;
    if (*n < 1 || *n > MAX_ARCHS)
        return gpu_host->fail(RN_E_DEVICE, "NVRTC says that it knows %d kinds of GPU", *n);
    return nvrtc_check(nvrtcGetSupportedArchs(archs), "list the GPUs that it knows");
}

rn_status cudnn_compiler_oldest(int32_t *arch)
{
    int archs[MAX_ARCHS], n = 0;
    rn_status status = archs_list(archs, &n);
    *arch = 0;
    for (int i = 0; !status && i < n; i++)
        *arch = !*arch || archs[i] < *arch ? archs[i] : *arch;
    return status;
}

rn_status cudnn_compile_target(int32_t arch, char target[CUDNN_TARGET_BYTES])
{
    int archs[MAX_ARCHS], n = 0, best = 0;
    rn_status status = archs_list(archs, &n);
    if (status)
        return status;
    for (int i = 0; i < n; i++)
        best = archs[i] <= arch && archs[i] > best ? archs[i] : best;
    if (!best)
        return gpu_host->fail(RN_E_DEVICE, "NVRTC does not know the GPU");
    snprintf(target, CUDNN_TARGET_BYTES, "--gpu-architecture=%s_%d",
             best == arch ? "sm" : "compute", best);
    return RN_OK;
}

void cudnn_compiler_name(char name[CUDNN_TARGET_BYTES])
{
    int major = 0, minor = 0;
    nvrtcVersion(&major, &minor);
    snprintf(name, CUDNN_TARGET_BYTES, "NVRTC %d.%d", major, minor);
}

/* ---- Compilation ---- */

/* Concatenates the texts; the caller frees the result. NULL: no memory. */
static char *text_join(const cudnn_source *source)
{
    size_t bytes = 1;
    for (int i = 0; i < CUDNN_MAX_TEXTS && source->texts[i]; i++)
        bytes += strlen(source->texts[i]);
    char *text = malloc(bytes), *end = text;
    for (int i = 0; text && i < CUDNN_MAX_TEXTS && source->texts[i]; i++)
        end = stpcpy(end, source->texts[i]);
    return text;
}

static rn_status compile_failed(nvrtcProgram program, const cudnn_source *source, nvrtcResult error)
{
    char log[LOG_BYTES];
    size_t bytes = 0;
    char *whole = nvrtcGetProgramLogSize(program, &bytes) ? NULL : calloc(1, bytes + 1);
    if (whole && nvrtcGetProgramLog(program, whole))
        whole[0] = 0;
    snprintf(log, sizeof log, "%s", whole && whole[0] ? whole : "it gave no log");
    free(whole);
    gpu_binary_log_flatten(log);
    return gpu_host->fail(error == NVRTC_ERROR_OUT_OF_MEMORY ? RN_E_NOMEM : RN_E_DEVICE,
                          "NVRTC could not compile a program: %s, options %s: %s",
                          nvrtcGetErrorString(error), source->options, log);
}

static rn_status options_give(nvrtcProgram program, const cudnn_source *source)
{
    char options[CUDNN_OPTIONS_BYTES], *rest = NULL;
    const char *words[MAX_WORDS];
    int n = 0;
    memcpy(options, source->options, sizeof options);
    for (char *word = strtok_r(options, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        if (n == MAX_WORDS)
            return gpu_host->fail(RN_E_PLUGIN, "a program has more than %d options", MAX_WORDS);
        words[n++] = word;
    }
    nvrtcResult error = nvrtcCompileProgram(program, n, words);
    return error ? compile_failed(program, source, error) : RN_OK;
}

static rn_status image_get(nvrtcProgram program, bool is_ptx, unsigned char **image, size_t *bytes)
{
    nvrtcResult error =
        is_ptx ? nvrtcGetPTXSize(program, bytes) : nvrtcGetCUBINSize(program, bytes);
    if (error || !*bytes)
        return nvrtc_check(error ? error : NVRTC_ERROR_INTERNAL_ERROR, "give a program's code");
    char *code = malloc(*bytes);
    if (!code)
        return gpu_host->fail(RN_E_NOMEM, "no memory for a program");
    error = is_ptx ? nvrtcGetPTX(program, code) : nvrtcGetCUBIN(program, code);
    if (error) {
        free(code);
        return nvrtc_check(error, "give a program's code");
    }
    *image = (unsigned char *)code;
    return RN_OK;
}

rn_status cudnn_compile(const cudnn_source *source, unsigned char **image, size_t *bytes)
{
    nvrtcProgram program = NULL;
    char *text = text_join(source);
    *image = NULL;
    if (!text)
        return gpu_host->fail(RN_E_NOMEM, "no memory for a program");
    rn_status status = nvrtc_check(nvrtcCreateProgram(&program, text, "resnet.cu", 0, NULL, NULL),
                                   "take the text of a program");
    if (status)
        goto done;
    status = options_give(program, source);
    if (status)
        goto done;
    status = image_get(program, strstr(source->options, "=compute_") != NULL, image, bytes);
done:
    if (program)
        nvrtcDestroyProgram(&program);
    free(text);
    return status;
}
