/* onnx_absent.c: why this build writes no ONNX. */
#include "base/status.h"
#include "weights/out/out.h"

rn_status rn_out_onnx(const rn_out_model *model, const char *path)
{
    (void)model;
    return rn_fail(RN_E_UNSUPPORTED,
                   "%s: this build cannot write ONNX: install libprotobuf-c-dev and "
                   "protobuf-c-compiler, then configure and build again",
                   path);
}
