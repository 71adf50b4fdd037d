/* nvrtc_text.h: shared by the parts of the stand-in for NVRTC. */
#ifndef RN_TESTS_CUDASIM_NVRTC_TEXT_H
#define RN_TESTS_CUDASIM_NVRTC_TEXT_H

#include <nvrtc.h>
#include <stdbool.h>
#include <stdio.h>

#include "cudasim.h"

/* Options of nvrtcCompileProgram. */
typedef struct nvrtc_options {
    const char *const *given; /* the caller's */
    int n_given;
    int arch;        /* 90 */
    bool is_virtual; /* compute_90: no cubin */
    bool fuses;      /* --fmad */
    char **host;     /* options also passed to the host's compiler */
    int n_host;
} nvrtc_options;

/* Parses options; an unknown one is an error, reported in the log. Always release with
 * nvrtc_options_free. */
bool nvrtc_options_read(nvrtc_options *options, const char *const *given, int n, FILE *log);
void nvrtc_options_free(nvrtc_options *options);
extern const int NVRTC_ARCHS[];
extern const int NVRTC_N_ARCHS;

/* Compiles the program with NVIDIA's NVRTC; NVRTC_SUCCESS if that is not installed, or if
 * CUDASIM_REAL=0. Its log is copied to `log`; `macros` get the registers of each kernel, if it is
 * compiled for a real architecture. */
nvrtcResult nvrtc_real_compile(const char *text, const char *name, const nvrtc_options *options,
                               FILE *log, FILE *macros);

/* Its version, 1000 * major + minor; 0: nvrtc_real_compile does nothing. */
int nvrtc_real_version(void);

/* Turns preprocessed text into a program that the host's compiler accepts, with a table of its
 * kernels at the end; macros CUDASIM_REGISTERS_<kernel> may stand before it. False: failed, see
 * the log. */
bool nvrtc_text_finish(const char *text, FILE *out, FILE *log);

/* The hash of what `hash` is the hash of, followed by the data. */
uint64_t nvrtc_hash(uint64_t hash, const void *data, size_t bytes);

/* Reads a file and adds a terminating 0; NULL: cannot be read. Free it. */
char *nvrtc_file_read(const char *path, size_t *bytes);

/* Compiles for the host what NVIDIA's NVRTC accepts, or takes it from the cache. Sets `image`, for
 * cudaLibraryLoadData; NULL on failure, which is explained in the log. */
nvrtcResult nvrtc_build(const char *text, const char *name, const nvrtc_options *options, FILE *log,
                        cudasim_cubin **image);

#endif
