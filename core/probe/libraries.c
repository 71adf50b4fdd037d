/* libraries.c: finds the libraries of others, and asks them for their versions. */
#define _GNU_SOURCE /* dlinfo */
#include "probe/libraries.h"

#include <dlfcn.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "plugin/elf_needed.h"
#include "plugin/vendor_search.h"

/* Each asks a library by its own function, which has the type that it says. */

static void tell_text(void *function, char text[RN_LIBRARY_BYTES])
{
    const char *(*get)(void);
    memcpy(&get, &function, sizeof get);
    snprintf(text, RN_LIBRARY_BYTES, "%s", get());
}

static void tell_structure(void *function, char text[RN_LIBRARY_BYTES])
{
    const struct {
        int major, minor, patch;
    } * version, *(*get)(void);
    memcpy(&get, &function, sizeof get);
    version = get();
    snprintf(text, RN_LIBRARY_BYTES, "%d.%d.%d", version->major, version->minor, version->patch);
}

/* 12040 is 12.4. */
static void tell_cuda(void *function, char text[RN_LIBRARY_BYTES])
{
    int version = 0, (*get)(int *);
    memcpy(&get, &function, sizeof get);
    get(&version);
    snprintf(text, RN_LIBRARY_BYTES, "CUDA %d.%d", version / 1000, version % 1000 / 10);
}

static void tell_nvrtc(void *function, char text[RN_LIBRARY_BYTES])
{
    int major = 0, minor = 0, (*get)(int *, int *);
    memcpy(&get, &function, sizeof get);
    get(&major, &minor);
    snprintf(text, RN_LIBRARY_BYTES, "%d.%d", major, minor);
}

/* 91002 is 9.10.2; before version 9, 8902 is 8.9.2. */
static void tell_cudnn(void *function, char text[RN_LIBRARY_BYTES])
{
    size_t (*get)(void);
    memcpy(&get, &function, sizeof get);
    size_t version = get(), unit = version < 10000 ? 1000 : 10000;
    snprintf(text, RN_LIBRARY_BYTES, "%zu.%zu.%zu", version / unit, version % unit / 100,
             version % 100);
}

/* 22005 is 2.20.5. */
static void tell_nccl(void *function, char text[RN_LIBRARY_BYTES])
{
    int version = 0, (*get)(int *);
    memcpy(&get, &function, sizeof get);
    get(&version);
    snprintf(text, RN_LIBRARY_BYTES, "%d.%d.%d", version / 10000, version % 10000 / 100,
             version % 100);
}

/* cublasGetProperty takes 0 for the major version, 1 for the minor one and 2 for the patch. */
static void tell_property(void *function, char text[RN_LIBRARY_BYTES])
{
    int parts[3] = { 0 }, (*get)(int, int *);
    memcpy(&get, &function, sizeof get);
    for (int i = 0; i < 3; i++)
        get(i, &parts[i]);
    snprintf(text, RN_LIBRARY_BYTES, "%d.%d.%d", parts[0], parts[1], parts[2]);
}

const rn_library rn_libraries[] = {
    { "OpenBLAS", "libopenblas.so.0", "cpu_blas", "openblas_get_config", tell_text },
    { "oneDNN", "libdnnl.so.3|libdnnl.so.2", "onednn", "dnnl_version", tell_structure },
    { "OpenCL loader", "libOpenCL.so.1", "opencl", NULL, NULL },
    { "CLBlast", "libclblast.so.1", "opencl", NULL, NULL },
    { "NVIDIA driver", "libcuda.so.1", "cudnn", "cuDriverGetVersion", tell_cuda },
    { "CUDA runtime", "libcudart.so.13|libcudart.so.12", "cudnn", "cudaRuntimeGetVersion",
      tell_cuda },
    { "cuDNN", "libcudnn.so.9", "cudnn", "cudnnGetVersion", tell_cudnn },
    { "cuBLAS", "libcublas.so.13|libcublas.so.12", "cudnn", "cublasGetProperty", tell_property },
    { "NVRTC", "libnvrtc.so.13|libnvrtc.so.12", "cudnn", "nvrtcVersion", tell_nvrtc },
    { "NCCL", "libnccl.so.2", "cudnn on several GPUs", "ncclGetVersion", tell_nccl },
    { "MPI", "libmpi.so.40|libmpich.so.12|libmpi.so.12", "mpi", NULL, NULL },
    { "NVML", "libnvidia-ml.so.1", "the energy that GPUs use", NULL, NULL },
    { "libarchive", "libarchive.so.13", "packed data sets", "archive_version_string", tell_text },
    { "zlib", "libz.so.1", "this program", "zlibVersion", tell_text },
    { NULL, NULL, NULL, NULL, NULL },
};

/* As the loader finds it, or else where vendors put it. */
static void *open_named(const char *soname)
{
    char path[PATH_MAX];
    void *opened = dlopen(soname, RTLD_NOW | RTLD_LOCAL);
    if (opened)
        return opened;
    const char *error = dlerror();
    rn_status status = rn_fail(RN_E_PLUGIN, "%s", error ? error : "no reason given");
    char why[RN_LIBRARY_BYTES + PATH_MAX];
    snprintf(why, sizeof why, "%s", rn_fail_text());
    if (rn_vendor_find(soname, path) == RN_OK)
        opened = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    else if (*rn_fail_text())
        rn_fail_at(status, "%s", why);
    else
        rn_fail(status, "%s", why);
    return opened;
}

/* "libdnnl.so.": with the dot, so that libcudart is not taken for libcuda. */
static void stem_of(const char *sonames, char stem[RN_LIBRARY_BYTES])
{
    const char *end = strstr(sonames, ".so.");
    snprintf(stem, RN_LIBRARY_BYTES, "%.*s.so.", end ? (int)(end - sonames) : 0, sonames);
}

static void *open_any(const rn_library *row, const char *plugin)
{
    char soname[RN_ELF_NEEDED_BYTES], stem[RN_LIBRARY_BYTES];
    void *opened = NULL;
    stem_of(row->sonames, stem);
    if (plugin && rn_elf_needed(plugin, stem, soname))
        return open_named(soname);
    for (const char *name = row->sonames; !opened && *name;) {
        size_t length = strcspn(name, "|");
        snprintf(soname, sizeof soname, "%.*s", (int)length, name);
        opened = open_named(soname);
        name += length + (name[length] == '|');
    }
    return opened;
}

rn_status rn_library_ask(const rn_library *row, const char *plugin, rn_library_found *found)
{
    struct link_map *map = NULL;
    void *opened = open_any(row, plugin);
    found->version[0] = 0;
    if (!opened)
        return rn_fail(RN_E_PLUGIN, "%s", rn_fail_text());
    void *function = row->function ? dlsym(opened, row->function) : NULL;
    if (function)
        row->tell(function, found->version);
    dlinfo(opened, RTLD_DI_LINKMAP, &map);
    snprintf(found->path, sizeof found->path, "%s", map ? map->l_name : "");
    return RN_OK;
}
