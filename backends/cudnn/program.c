/* program.c: programs of a context, compiled by NVRTC. */
#include <nvrtc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cudnn/cudnn.h"

extern const char CUDNN_TEXT(prelude)[];

struct cudnn_programs {
    cudaLibrary_t libraries[1024];
    int32_t n;
};

rn_status cudnn_kernel_find(rn_context *context, const cudnn_code *code, const char *function,
                            cudaKernel_t *kernel)
{
    static char text[1 << 17];
    char arch[32], options[640], *words[34];
    nvrtcProgram program;
    size_t bytes = 0;
    int n = 0;
    if (!context->programs)
        context->programs = calloc(1, sizeof *context->programs);
    snprintf(text, sizeof text, "%s", CUDNN_TEXT(prelude));
    for (int i = 0; i < 4 && code->texts[i]; i++)
        strncat(text, code->texts[i], sizeof text - strlen(text) - 1);
    snprintf(arch, sizeof arch, "--gpu-architecture=sm_%d", (int)context->arch);
    snprintf(options, sizeof options, "-DGROUP=%d %s", CUDNN_GROUP, code->options);
    words[n++] = arch;
    for (char *word = strtok(options, " "); word && n < 34; word = strtok(NULL, " "))
        words[n++] = word;
    nvrtcCreateProgram(&program, text, "program.cu", 0, NULL, NULL);
    if (nvrtcCompileProgram(program, n, (const char *const *)words)) {
        static char log[1 << 16];
        nvrtcGetProgramLog(program, log);
        nvrtcDestroyProgram(&program);
        return cudnn_host->fail(RN_E_DEVICE, "NVRTC failed: %s", log);
    }
    nvrtcGetCUBINSize(program, &bytes);
    char *cubin = malloc(bytes);
    nvrtcGetCUBIN(program, cubin);
    nvrtcDestroyProgram(&program);
    cudaLibrary_t *library = &context->programs->libraries[context->programs->n];
    rn_status status = cudnn_cuda_check(
        cudaLibraryLoadData(library, cubin, NULL, NULL, 0, NULL, NULL, 0), "load a program");
    free(cubin);
    if (status)
        return status;
    context->programs->n++;
    return cudnn_cuda_check(cudaLibraryGetKernel(kernel, *library, function), "find a kernel");
}

void cudnn_programs_free(rn_context *context)
{
    cudnn_programs *p = context->programs;
    for (int32_t i = 0; p && i < p->n; i++)
        cudaLibraryUnload(p->libraries[i]);
    free(p);
}
