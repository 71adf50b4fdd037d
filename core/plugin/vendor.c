/* vendor.c: the libraries of others that plugins need. */
#include "plugin/vendor.h"

#include <string.h>

/* OpenBLAS 0.3.21 retries for ever to map its 128 MB, oneDNN 2.6.3 crashes. Debian's MPICH
 * loads UCX, which installs handlers of crashes. */
const rn_vendor_library rn_vendor_libraries[] = {
    { "libcudnn", "install NVIDIA cuDNN, or add its folder to LD_LIBRARY_PATH", 0, false, true },
    { "libcuda.so", "install the NVIDIA driver", 0, false, false },
    { "libcu", "install the NVIDIA CUDA toolkit's libraries", 0, false, true },
    { "libnvidia", "install the NVIDIA driver", 0, false, false },
    { "libnv", "install the NVIDIA CUDA toolkit's libraries", 0, false, true },
    { "libnccl", "install NVIDIA NCCL, or add its folder to LD_LIBRARY_PATH", 0, false, true },
    { "libOpenCL", "install an OpenCL loader (Debian: ocl-icd-libopencl1)", 0, false, false },
    { "libclblast", "install CLBlast (Debian: libclblast1)", 0, false, false },
    { "libopenblas", "install OpenBLAS (Debian: libopenblas0)", 192, false, false },
    { "libmpi", "install the MPI library that it was built with (Debian: libopenmpi3, libmpich12)",
      0, true, false },
    { "libdnnl", "install oneDNN (Debian: libdnnl2)", 128, false, false },
    { "", "install it, or add its folder to LD_LIBRARY_PATH", 0, false, false },
};

const rn_vendor_library *rn_vendor_of(const char *library)
{
    const rn_vendor_library *row = rn_vendor_libraries;
    while (strncmp(library, row->prefix, strlen(row->prefix)) != 0)
        row++;
    return row;
}

const char *rn_vendor_remedy(const char *library)
{
    return rn_vendor_of(library)->remedy;
}
