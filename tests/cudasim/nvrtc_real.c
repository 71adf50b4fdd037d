/* nvrtc_real.c: has every program checked by NVIDIA's own compiler, where it is installed. */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "nvrtc_text.h"

/* The path that configure found. */
#ifndef CUDASIM_REAL_NVRTC
#define CUDASIM_REAL_NVRTC ""
#endif

typedef struct real_nvrtc {
    void *library;
    int version;
    nvrtcResult (*get_version)(int *, int *);
    nvrtcResult (*create)(nvrtcProgram *, const char *, const char *, int, const char *const *,
                          const char *const *);
    nvrtcResult (*compile)(nvrtcProgram, int, const char *const *);
    nvrtcResult (*log_size)(nvrtcProgram, size_t *);
    nvrtcResult (*log)(nvrtcProgram, char *);
    nvrtcResult (*destroy)(nvrtcProgram *);
} real_nvrtc;

/* Protected by the machine's lock. */
static const real_nvrtc *open_real(void)
{
    static real_nvrtc real;
    static bool tried;
    const char *setting = getenv("CUDASIM_REAL");
    if (setting && strcmp(setting, "0") == 0)
        return NULL;
    if (tried)
        return real.library ? &real : NULL;
    tried = true;
    if (!*CUDASIM_REAL_NVRTC)
        return NULL;
    void *library = dlopen(CUDASIM_REAL_NVRTC, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return NULL;
    *(void **)&real.get_version = dlsym(library, "nvrtcVersion");
    *(void **)&real.create = dlsym(library, "nvrtcCreateProgram");
    *(void **)&real.compile = dlsym(library, "nvrtcCompileProgram");
    *(void **)&real.log_size = dlsym(library, "nvrtcGetProgramLogSize");
    *(void **)&real.log = dlsym(library, "nvrtcGetProgramLog");
    *(void **)&real.destroy = dlsym(library, "nvrtcDestroyProgram");
    int major = 0, minor = 0;
    if (!real.get_version || real.get_version(&major, &minor) || !real.create || !real.compile ||
        !real.log_size || !real.log || !real.destroy)
        return NULL;
    real.version = 1000 * major + minor;
    real.library = library;
    return &real;
}

int nvrtc_real_version(void)
{
    const real_nvrtc *real = open_real();
    return real ? real->version : 0;
}

/* Takes the lines of the assembler's report out of a log. */
static void log_split(char *said, FILE *log, FILE *macros)
{
    char kernel[128] = "", *rest = said;
    for (char *line; (line = strsep(&rest, "\n"));) {
        int registers;
        sscanf(line, "ptxas info : Compiling entry function '%127[^']'", kernel);
        if (sscanf(line, "ptxas info : Used %d registers", &registers) == 1)
            fprintf(macros, "#define CUDASIM_REGISTERS_%s %d\n", kernel, registers);
        if (strncmp(line, "ptxas ", 6) != 0)
            fprintf(log, "%s%s", line, rest ? "\n" : "");
    }
}

static nvrtcResult compile(const real_nvrtc *real, nvrtcProgram program,
                           const nvrtc_options *options)
{
    const char **given = calloc((size_t)options->n_given + 1, sizeof *given);
    if (!given)
        return NVRTC_ERROR_OUT_OF_MEMORY;
    for (int i = 0; i < options->n_given; i++)
        given[i] = options->given[i];
    given[options->n_given] = "--ptxas-options=-v";
    nvrtcResult result =
        real->compile(program, options->n_given + (options->is_virtual ? 0 : 1), given);
    free(given);
    return result;
}

nvrtcResult nvrtc_real_compile(const char *text, const char *name, const nvrtc_options *options,
                               FILE *log, FILE *macros)
{
    const real_nvrtc *real = open_real();
    nvrtcProgram program = NULL;
    size_t bytes = 0;
    if (!real)
        return NVRTC_SUCCESS;
    nvrtcResult result = real->create(&program, text, name, 0, NULL, NULL);
    if (result)
        return result;
    result = compile(real, program, options);
    char *said = real->log_size(program, &bytes) ? NULL : malloc(bytes + 1);
    if (said && !real->log(program, said)) {
        said[bytes] = '\0';
        log_split(said, log, macros);
    }
    free(said);
    real->destroy(&program);
    return result;
}
