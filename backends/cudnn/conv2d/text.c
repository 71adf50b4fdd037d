/* text.c: what the ways to compute a convolution are called. */
#include "cudnn/conv2d/text.h"

#include <stdio.h>

#include "cudnn/conv2d/execution.h"
#include "cudnn/conv2d/library.h"

const char *cudnn_plan_name(const cudnn_convolution *conv, const cudnn_plan *plan)
{
    return plan->execution ? plan->execution->name
                           : cudnn_algorithm_name(conv->shape.pass, plan->algorithm);
}

/* "engine 62, tensor cores" */
static void engine_text(const cudnn_execution *execution, char text[CUDNN_PLAN_TEXT])
{
    static const struct {
        cudnnBackendNumericalNote_t note;
        const char *words;
    } NOTES[] = { { CUDNN_NUMERICAL_NOTE_WINOGRAD, ", Winograd" },
                  { CUDNN_NUMERICAL_NOTE_FFT, ", FFT" },
                  { CUDNN_NUMERICAL_NOTE_TENSOR_CORE, ", tensor cores" } };
    int n = snprintf(text, CUDNN_PLAN_TEXT, "%s", execution->name);
    for (int i = 0; i < 3 && n < CUDNN_PLAN_TEXT; i++)
        if (cudnn_execution_has(execution, NOTES[i].note))
            n += snprintf(text + n, (size_t)(CUDNN_PLAN_TEXT - n), "%s", NOTES[i].words);
}

void cudnn_plan_text(const cudnn_convolution *conv, const cudnn_plan *plan,
                     char text[CUDNN_PLAN_TEXT])
{
    const char *math = "";
    if (plan->execution) {
        engine_text(plan->execution, text);
        return;
    }
    if (plan->math == CUDNN_TENSOR_OP_MATH)
        math = ", tensor cores";
    else if (plan->math == CUDNN_FMA_MATH)
        math = ", FMA";
    snprintf(text, CUDNN_PLAN_TEXT, "%s%s%s",
             cudnn_algorithm_name(conv->shape.pass, plan->algorithm), math,
             plan->bias_after ? ", bias after" : "");
}
