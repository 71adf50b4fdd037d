/* test_cudasim_cudnn_backend.c: descriptors of cuDNN's graph interface in the stand-in: misuse is
 * answered as NVIDIA's library answers it, where that is installed, and blamed. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cudasim/conv_rig.h"
#include "cudasim/cudasim.h"
#include "support/check.h"

#ifndef CUDASIM_REAL_CUDNN
#define CUDASIM_REAL_CUDNN ""
#endif

/* One of the two libraries, and what it has answered. */
enum { MOST = 64 };
typedef struct library {
    __typeof__(&cudnnBackendCreateDescriptor) create;
    __typeof__(&cudnnBackendDestroyDescriptor) destroy;
    __typeof__(&cudnnBackendSetAttribute) set;
    __typeof__(&cudnnBackendGetAttribute) get;
    __typeof__(&cudnnBackendFinalize) finish;
    cudnnBackendDescriptor_t made[MOST];
    const char *calls[MOST];
    cudnnStatus_t answers[MOST];
    int n_made, n;
} library;

static cudnnBackendDescriptor_t make(library *l, cudnnBackendDescriptorType_t type)
{
    CU_ASSERT_EQUAL_FATAL(l->create(type, &l->made[l->n_made]), CUDNN_STATUS_SUCCESS);
    return l->made[l->n_made++];
}

static void note(library *l, const char *call, cudnnStatus_t answer)
{
    CU_ASSERT_FATAL(l->n < MOST);
    l->calls[l->n] = call;
    l->answers[l->n++] = answer;
}

#define INTEGERS CUDNN_TYPE_INT64

static void tensor_calls(library *l)
{
    const int64_t name = 'x', alignment = 16, odd = 3, dims[4] = { 2, 8, 4, 4 },
                  strides[4] = { 128, 1, 32, 8 };
    const cudnnDataType_t type = CUDNN_DATA_BFLOAT16;
    int64_t found[4], n = 0;
    cudnnBackendDescriptor_t t = make(l, CUDNN_BACKEND_TENSOR_DESCRIPTOR);
    note(l, "dimensions as 32 bits",
         l->set(t, CUDNN_ATTR_TENSOR_DIMENSIONS, CUDNN_TYPE_INT32, 4, dims));
    note(l, "no dimensions", l->set(t, CUDNN_ATTR_TENSOR_DIMENSIONS, INTEGERS, 0, dims));
    note(l, "two names", l->set(t, CUDNN_ATTR_TENSOR_UNIQUE_ID, INTEGERS, 2, dims));
    note(l, "a convolution's attribute",
         l->set(t, CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_TYPE_DATA_TYPE, 1, &type));
    note(l, "read too early", l->get(t, CUDNN_ATTR_TENSOR_UNIQUE_ID, INTEGERS, 1, &n, found));
    note(l, "an empty tensor", l->finish(t));
    note(l, "dimensions", l->set(t, CUDNN_ATTR_TENSOR_DIMENSIONS, INTEGERS, 4, dims));
    note(l, "no strides", l->finish(t));
    note(l, "strides", l->set(t, CUDNN_ATTR_TENSOR_STRIDES, INTEGERS, 4, strides));
    note(l, "type", l->set(t, CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_TYPE_DATA_TYPE, 1, &type));
    note(l, "name", l->set(t, CUDNN_ATTR_TENSOR_UNIQUE_ID, INTEGERS, 1, &name));
    note(l, "no alignment", l->finish(t));
    note(l, "alignment of 3", l->set(t, CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, INTEGERS, 1, &odd));
    note(l, "aligned to 3", l->finish(t));
    note(l, "alignment", l->set(t, CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, INTEGERS, 1, &alignment));
    note(l, "a tensor", l->finish(t));
    note(l, "finalised again", l->finish(t));
    note(l, "set too late", l->set(t, CUDNN_ATTR_TENSOR_UNIQUE_ID, INTEGERS, 1, &name));
    note(l, "two of four", l->get(t, CUDNN_ATTR_TENSOR_DIMENSIONS, INTEGERS, 2, &n, found));
    CU_ASSERT(n == 2 && found[0] == 2 && found[1] == 8);
    note(l, "read as floats",
         l->get(t, CUDNN_ATTR_TENSOR_DIMENSIONS, CUDNN_TYPE_FLOAT, 4, &n, found));
}

static void convolution_calls(library *l)
{
    const int64_t n_axes = 2, pair[2] = { 1, 1 };
    const cudnnDataType_t type = CUDNN_DATA_FLOAT;
    const cudnnConvolutionMode_t mode = CUDNN_CROSS_CORRELATION;
    cudnnBackendDescriptor_t c = make(l, CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR);
    note(l, "an empty convolution", l->finish(c));
    note(l, "padding", l->set(c, CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, INTEGERS, 2, pair));
    note(l, "its type",
         l->set(c, CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_TYPE_DATA_TYPE, 1, &type));
    note(l, "mode as an integer",
         l->set(c, CUDNN_ATTR_CONVOLUTION_CONV_MODE, INTEGERS, 1, &n_axes));
    note(l, "mode",
         l->set(c, CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_TYPE_CONVOLUTION_MODE, 1, &mode));
    note(l, "axes", l->set(c, CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, INTEGERS, 1, &n_axes));
    note(l, "padding after", l->set(c, CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, INTEGERS, 2, pair));
    note(l, "dilation", l->set(c, CUDNN_ATTR_CONVOLUTION_DILATIONS, INTEGERS, 2, pair));
    note(l, "one stride", l->set(c, CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, INTEGERS, 1, pair));
    note(l, "of two axes", l->finish(c));
    note(l, "strides", l->set(c, CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, INTEGERS, 2, pair));
    note(l, "a convolution", l->finish(c));
    cudnnBackendDescriptor_t operation =
        make(l, CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR);
    note(l, "an operation without operands", l->finish(operation));
}

/* What is empty cannot be finalised. (NVIDIA's library crashes of an empty configuration.) */
static void empty_calls(library *l)
{
    const int64_t names[2] = { 'x', 'y' };
    void *const one[1] = { l };
    note(l, "an empty graph", l->finish(make(l, CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR)));
    note(l, "empty heuristics", l->finish(make(l, CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR)));
    note(l, "an empty engine", l->finish(make(l, CUDNN_BACKEND_ENGINE_DESCRIPTOR)));
    note(l, "an empty plan", l->finish(make(l, CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR)));
    cudnnBackendDescriptor_t pack = make(l, CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR);
    note(l, "names", l->set(pack, CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, INTEGERS, 2, names));
    note(l, "an address",
         l->set(pack, CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, CUDNN_TYPE_VOID_PTR, 1, one));
    note(l, "of two names", l->finish(pack));
}

static void all_calls(library *l)
{
    tensor_calls(l);
    convolution_calls(l);
    empty_calls(l);
    while (l->n_made > 0)
        CU_ASSERT_EQUAL(l->destroy(l->made[--l->n_made]), CUDNN_STATUS_SUCCESS);
}

/* False if NVIDIA's library is not there, or is not to be asked. */
static bool real_open(library *l)
{
    const char *setting = getenv("CUDASIM_REAL");
    void *file = NULL;
    if (setting && strcmp(setting, "0") != 0)
        file = dlopen(CUDASIM_REAL_CUDNN, RTLD_NOW | RTLD_LOCAL);
    if (!file)
        return false;
    *(void **)&l->create = dlsym(file, "cudnnBackendCreateDescriptor");
    *(void **)&l->destroy = dlsym(file, "cudnnBackendDestroyDescriptor");
    *(void **)&l->set = dlsym(file, "cudnnBackendSetAttribute");
    *(void **)&l->get = dlsym(file, "cudnnBackendGetAttribute");
    *(void **)&l->finish = dlsym(file, "cudnnBackendFinalize");
    return l->create && l->destroy && l->set && l->get && l->finish &&
           l->create != cudnnBackendCreateDescriptor;
}

static void test_misuse(void)
{
    static library standin = { .create = cudnnBackendCreateDescriptor,
                               .destroy = cudnnBackendDestroyDescriptor,
                               .set = cudnnBackendSetAttribute,
                               .get = cudnnBackendGetAttribute,
                               .finish = cudnnBackendFinalize };
    static library real;
    const int blames = cudasim_blames();
    int n_errors = 0;
    all_calls(&standin);
    for (int i = 0; i < standin.n; i++)
        n_errors += standin.answers[i] != CUDNN_STATUS_SUCCESS;
    CU_ASSERT(n_errors > 20 && cudasim_blames() - blames == n_errors);
    if (!real_open(&real))
        return;
    all_calls(&real);
    for (int i = 0; i < real.n; i++)
        if (CUDNN_STATUS_CATEGORY(real.answers[i]) != CUDNN_STATUS_CATEGORY(standin.answers[i])) {
            printf("%s: %d, and NVIDIA's library answers %d\n", standin.calls[i],
                   (int)standin.answers[i], (int)real.answers[i]);
            CU_FAIL("the answers differ");
        }
}

/* What NVIDIA's library takes and crashes of is refused here. */
static void test_not_finalised(void)
{
    cudnnBackendDescriptor_t tensor = NULL, operation = NULL;
    const int blames = cudasim_blames();
    CU_ASSERT_EQUAL(cudnnBackendCreateDescriptor(CUDNN_BACKEND_TENSOR_DESCRIPTOR, &tensor), 0);
    CU_ASSERT_EQUAL(cudnnBackendCreateDescriptor(
                        CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR, &operation),
                    0);
    CU_ASSERT_NOT_EQUAL(cudnnBackendSetAttribute(operation,
                                                 CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X,
                                                 CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &tensor),
                        0);
    CU_ASSERT_NOT_EQUAL(cudnnBackendDestroyDescriptor(NULL), 0);
    CU_ASSERT_EQUAL(cudnnBackendDestroyDescriptor(operation), 0);
    CU_ASSERT_EQUAL(cudnnBackendDestroyDescriptor(tensor), 0);
    CU_ASSERT_NOT_EQUAL(cudnnBackendFinalize(tensor), 0);
    CU_ASSERT_EQUAL(cudasim_blames() - blames, 3);
    CU_ASSERT_EQUAL(cudasim_live(true), 0);
}

int main(int argc, char **argv)
{
    static const CU_TestInfo tests[] = {
        { "misuse is answered as by NVIDIA's library", test_misuse },
        { "descriptors that are not finalised, or are gone", test_not_finalised },
        CU_TEST_INFO_NULL,
    };
    return conv_rig_main(argc, argv, "cudasim_cudnn_backend", tests);
}
