/* nvrtc_text.h: what the parts of the stand-in of NVRTC have between them. */
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
    char **host;     /* those that are the host compiler's, too */
    int n_host;
} nvrtc_options;

/* Understands options; what NVRTC does not know is told in the log. End with nvrtc_options_free. */
bool nvrtc_options_read(nvrtc_options *options, const char *const *given, int n, FILE *log);
void nvrtc_options_free(nvrtc_options *options);
extern const int NVRTC_ARCHS[];
extern const int NVRTC_N_ARCHS;

/* Compiles the program with NVIDIA's NVRTC; NVRTC_SUCCESS if that is not installed, or if
 * CUDASIM_REAL=0. Its log is copied to `log`. */
nvrtcResult nvrtc_real_compile(const char *text, const char *name, const nvrtc_options *options,
                               FILE *log);

/* Its version, 1000 * major + minor; 0: nvrtc_real_compile does nothing. */
int nvrtc_real_version(void);

/* Turns preprocessed text into what the host compiler can compile, with the table of its kernels
 * behind. False where it cannot, which is told in the log. */
bool nvrtc_text_finish(const char *text, FILE *out, FILE *log);

/* A whole file, a 0 behind it; NULL: cannot be read. */
char *nvrtc_file_read(const char *path, size_t *bytes);

/* Compiles for the host what NVIDIA's NVRTC accepts, or takes it from the cache. Sets `image`, for
 * cudaLibraryLoadData; NULL on failure, which is explained in the log. */
nvrtcResult nvrtc_build(const char *text, const char *name, const nvrtc_options *options, FILE *log,
                        cudasim_cubin **image);

#endif
