/* nvrtc.c: the stand-in for NVRTC: NVIDIA's own compiler checks a program where it is installed,
 * and the host's compiler turns it into code that the host can run. */
#include <stdlib.h>
#include <string.h>

#include "nvrtc_text.h"

#define TYPE "nvrtcProgram"

struct _nvrtcProgram {
    char *text, *name, *log;
    cudasim_cubin *image;
    bool is_virtual; /* compiled for compute_…: only PTX */
};

static nvrtcResult leave(nvrtcResult result)
{
    cudasim_leave();
    return result;
}

#define INJECTED NVRTC_ERROR_INTERNAL_ERROR

/* Begins a function that takes a program. */
static nvrtcResult enter(const char *function, nvrtcProgram program)
{
    if (cudasim_enter(function, true) != CUDASIM_GO)
        return INJECTED;
    return cudasim_object_is(function, TYPE, program) ? NVRTC_SUCCESS : NVRTC_ERROR_INVALID_PROGRAM;
}

const char *nvrtcGetErrorString(nvrtcResult result)
{
    static const char *const NAMES[] = {
        "NVRTC_SUCCESS",
        "NVRTC_ERROR_OUT_OF_MEMORY",
        "NVRTC_ERROR_PROGRAM_CREATION_FAILURE",
        "NVRTC_ERROR_INVALID_INPUT",
        "NVRTC_ERROR_INVALID_PROGRAM",
        "NVRTC_ERROR_INVALID_OPTION",
        "NVRTC_ERROR_COMPILATION",
        "NVRTC_ERROR_BUILTIN_OPERATION_FAILURE",
        "NVRTC_ERROR_NO_NAME_EXPRESSIONS_AFTER_COMPILATION",
        "NVRTC_ERROR_NO_LOWERED_NAMES_BEFORE_COMPILATION",
        "NVRTC_ERROR_NAME_EXPRESSION_NOT_VALID",
        "NVRTC_ERROR_INTERNAL_ERROR",
    };
    return (size_t)result < sizeof NAMES / sizeof *NAMES ? NAMES[result] : "NVRTC_ERROR unknown";
}

nvrtcResult nvrtcVersion(int *major, int *minor)
{
    if (cudasim_enter(__func__, true) != CUDASIM_GO)
        return leave(INJECTED);
    if (!major || !minor)
        return leave(NVRTC_ERROR_INVALID_INPUT);
    *major = CUDART_VERSION / 1000;
    *minor = CUDART_VERSION % 1000 / 10;
    return leave(NVRTC_SUCCESS);
}

nvrtcResult nvrtcGetNumSupportedArchs(int *n)
{
    if (cudasim_enter(__func__, true) != CUDASIM_GO)
        return leave(INJECTED);
    if (!n)
        return leave(NVRTC_ERROR_INVALID_INPUT);
    *n = NVRTC_N_ARCHS;
    return leave(NVRTC_SUCCESS);
}

nvrtcResult nvrtcGetSupportedArchs(int *archs)
{
    if (cudasim_enter(__func__, true) != CUDASIM_GO)
        return leave(INJECTED);
    if (!archs)
        return leave(NVRTC_ERROR_INVALID_INPUT);
    memcpy(archs, NVRTC_ARCHS, sizeof *archs * (size_t)NVRTC_N_ARCHS);
    return leave(NVRTC_SUCCESS);
}

nvrtcResult nvrtcCreateProgram(nvrtcProgram *program, const char *text, const char *name,
                               int n_headers, const char *const *headers,
                               const char *const *include_names)
{
    if (cudasim_enter(__func__, true) != CUDASIM_GO)
        return leave(INJECTED);
    if (n_headers || headers || include_names)
        cudasim_blame(__func__, "the stand-in does not support headers");
    if (!program || !text || n_headers)
        return leave(NVRTC_ERROR_INVALID_INPUT);
    nvrtcProgram p = cudasim_object_new(TYPE, sizeof *p);
    if (!p)
        return leave(NVRTC_ERROR_OUT_OF_MEMORY);
    *p = (struct _nvrtcProgram){ strdup(text), strdup(name ? name : "default_program"), strdup(""),
                                 NULL, false };
    *program = p;
    return leave(NVRTC_SUCCESS);
}

nvrtcResult nvrtcDestroyProgram(nvrtcProgram *program)
{
    nvrtcResult result = enter(__func__, program ? *program : NULL);
    if (result)
        return leave(result);
    nvrtcProgram p = *program;
    free(p->text);
    free(p->name);
    free(p->log);
    free(p->image);
    cudasim_object_free(TYPE, p);
    *program = NULL;
    return leave(NVRTC_SUCCESS);
}

/* Writes the program, below a line with its options, into the folder $CUDASIM_PROGRAMS, if that is
 * set: for NVIDIA's tools (tests/gpu/kernels.py). Equal programs are one file. */
static void show(const struct _nvrtcProgram *p, int n, const char *const *given)
{
    const char *folder = getenv("CUDASIM_PROGRAMS");
    char *text = NULL, path[512];
    size_t bytes = 0;
    FILE *out = folder && *folder ? open_memstream(&text, &bytes) : NULL;
    if (!out)
        return;
    fputs("//", out);
    for (int i = 0; i < n; i++)
        fprintf(out, " %s", given[i]);
    fprintf(out, "\n%s", p->text);
    fclose(out);
    snprintf(path, sizeof path, "%s/%016llx.cu", folder,
             (unsigned long long)nvrtc_hash(0xcbf29ce484222325u, text, bytes));
    out = fopen(path, "w");
    if (out) {
        fputs(text, out);
        fclose(out);
    }
    free(text);
}

static nvrtcResult compile(nvrtcProgram p, int n, const char *const *given, FILE *log)
{
    nvrtc_options options;
    nvrtcResult result = NVRTC_ERROR_INVALID_OPTION;
    show(p, n, given);
    if (nvrtc_options_read(&options, given, n, log)) {
        result = nvrtc_build(p->text, p->name, &options, log, &p->image);
        p->is_virtual = options.is_virtual;
    }
    nvrtc_options_free(&options);
    return result;
}

nvrtcResult nvrtcCompileProgram(nvrtcProgram program, int n, const char *const *options)
{
    char *text = NULL;
    size_t bytes = 0;
    nvrtcResult result = enter(__func__, program);
    if (result)
        return leave(result);
    if (n < 0 || (n > 0 && !options))
        return leave(NVRTC_ERROR_INVALID_INPUT);
    FILE *log = open_memstream(&text, &bytes);
    if (!log)
        return leave(NVRTC_ERROR_OUT_OF_MEMORY);
    free(program->image);
    program->image = NULL;
    result = compile(program, n, options, log);
    fclose(log);
    free(program->log);
    program->log = text;
    return leave(result);
}

/* Begins a function that also writes to `to`. */
static nvrtcResult enter_for(const char *function, nvrtcProgram program, const void *to)
{
    nvrtcResult result = enter(function, program);
    return !result && !to ? NVRTC_ERROR_INVALID_INPUT : result;
}

nvrtcResult nvrtcGetProgramLogSize(nvrtcProgram program, size_t *bytes)
{
    nvrtcResult result = enter_for(__func__, program, bytes);
    if (!result)
        *bytes = strlen(program->log) + 1;
    return leave(result);
}

nvrtcResult nvrtcGetProgramLog(nvrtcProgram program, char *log)
{
    nvrtcResult result = enter_for(__func__, program, log);
    if (!result)
        memcpy(log, program->log, strlen(program->log) + 1);
    return leave(result);
}

static size_t image_bytes(const struct _nvrtcProgram *program)
{
    return program->image ? sizeof *program->image + program->image->bytes : 0;
}

nvrtcResult nvrtcGetCUBINSize(nvrtcProgram program, size_t *bytes)
{
    nvrtcResult result = enter_for(__func__, program, bytes);
    if (!result)
        *bytes = program->is_virtual ? 0 : image_bytes(program);
    return leave(result);
}

nvrtcResult nvrtcGetCUBIN(nvrtcProgram program, char *image)
{
    nvrtcResult result = enter_for(__func__, program, image);
    if (!result && !program->is_virtual && program->image)
        memcpy(image, program->image, image_bytes(program));
    return leave(result);
}

/* The driver loads PTX as well as cubins, so both are the same image. */
nvrtcResult nvrtcGetPTXSize(nvrtcProgram program, size_t *bytes)
{
    nvrtcResult result = enter_for(__func__, program, bytes);
    if (!result)
        *bytes = program->image ? image_bytes(program) : 1;
    return leave(result);
}

nvrtcResult nvrtcGetPTX(nvrtcProgram program, char *ptx)
{
    nvrtcResult result = enter_for(__func__, program, ptx);
    if (!result && program->image) {
        cudasim_cubin head = *program->image;
        head.is_ptx = 1;
        memcpy(ptx, program->image, image_bytes(program));
        memcpy(ptx, &head, sizeof head);
    } else if (!result)
        *ptx = '\0';
    return leave(result);
}
