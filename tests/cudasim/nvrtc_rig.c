/* nvrtc_rig.c: compiles kernels in tests. */
#include "cudasim/nvrtc_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/check.h"

nvrtc_outcome nvrtc_rig_compile(const char *text, const char *options)
{
    nvrtc_outcome o = { .bytes = 0 };
    char copy[512], *words[32], *rest = copy;
    int n = 0;
    nvrtcProgram program = NULL;
    snprintf(copy, sizeof copy, "%s", options);
    while ((words[n] = strtok_r(rest, " ", &rest)))
        n++;
    CU_ASSERT_EQUAL_FATAL(nvrtcCreateProgram(&program, text, "test.cu", 0, NULL, NULL), 0);
    o.result = nvrtcCompileProgram(program, n, (const char *const *)words);
    size_t bytes = 0;
    CU_ASSERT_EQUAL(nvrtcGetProgramLogSize(program, &bytes), 0);
    if (bytes <= sizeof o.log)
        CU_ASSERT_EQUAL(nvrtcGetProgramLog(program, o.log), 0);
    CU_ASSERT_EQUAL(nvrtcGetCUBINSize(program, &o.bytes), 0);
    if (!o.result && o.bytes) {
        o.image = malloc(o.bytes);
        CU_ASSERT_EQUAL(nvrtcGetCUBIN(program, o.image), 0);
    }
    CU_ASSERT_EQUAL(nvrtcDestroyProgram(&program), 0);
    CU_ASSERT_PTR_NULL(program);
    return o;
}
