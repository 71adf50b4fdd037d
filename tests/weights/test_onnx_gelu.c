/* test_onnx_gelu.c: nodes that look like those of gelu and compute something else are refused, and
 * the message says what they compute. That those of gelu become it is in test_onnx_models.c. */
#include <string.h>

#include "support/check.h"
#include "weights/onnx_files.h"

#define MODEL "tests/weights/onnx/gelu.onnx"
#define WHOLE " of a layer's result x, which is a layer only as a part of gelu"

/* ---- Other numbers ---- */

static void set_number(Onnx__ModelProto *model, const char *name, float number)
{
    for (size_t i = 0; i < model->graph->n_initializer; i++)
        if (strcmp(model->graph->initializer[i]->name, name) == 0)
            memcpy(model->graph->initializer[i]->raw_data.data, &number, sizeof number);
}

static void test_numbers(void)
{
    static const struct {
        const char *constant;
        float number;
        const char *words;
    } rows[] = {
        { "sqrt_half", 0.7068f, "\"erf_a2\" (Erf): it reads 0.7068 x" WHOLE },
        { "one", 1.001f, "\"add_a3\" (Add): it reads 1 erf(x / sqrt 2)" WHOLE },
        { "half", 0.25f, "\"conv_b\" (Conv): it reads 0.25 x (1 + erf(x / sqrt 2))" WHOLE },
        { "half", 0.f, "(Conv): it reads 0 x (1 + erf(x / sqrt 2))" WHOLE },
        { "two", 0.f, "\"erf_c4\" (Erf): it reads inf x" WHOLE },
        { "two", -1.f, "\"div_c3\" (Div): there is no layer for this operator but gelu" },
        { "two", 4.f, "\"erf_c4\" (Erf): it reads 0.5 x" WHOLE },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Onnx__ModelProto *model = onnx_read_model(MODEL);
        set_number(model, rows[i].constant, rows[i].number);
        CU_ASSERT_TRUE(check_failed(onnx_open_model(model), RN_E_DATA, rows[i].words));
    }
}

/* ---- Other values ---- */

static void set_input(Onnx__ModelProto *model, const char *result, int input, const char *value)
{
    for (size_t i = 0; i < model->graph->n_node; i++)
        if (strcmp(model->graph->node[i]->output[0], result) == 0)
            onnx_set_text(&model->graph->node[i]->input[input], value);
}

static void test_inputs(void)
{
    static const struct {
        const char *result;
        int input;
        const char *value, *words;
    } rows[] = {
        { "a2", 0, "a", "\"erf_a2\" (Erf): there is no layer for this operator but gelu" },
        { "a2", 0, "one", "\"erf_a2\" (Erf): there is no layer for this operator but gelu" },
        { "c1", 1, "b1", "\"mul_c6\" (Mul): it reads 0.5 x" WHOLE },
        { "d5", 0, "c", "\"mul_d5\" (Mul): it reads 1 erf(x / sqrt 2)" WHOLE },
        { "d5", 0, "d4", "\"mul_d5\" (Mul): it reads 1 erf(x / sqrt 2)" WHOLE },
        { "a5", 0, "a1", "\"mul_a5\" (Mul): it reads 0.707107 x" WHOLE },
        { "a5", 1, "conv1.bias", "\"mul_a5\" (Mul): it reads 0.5 (1 + erf(x / sqrt 2))" WHOLE },
        { "d7", 0, "c", "\"sum_d7\" (Sum): it reads 1 x erf(x / sqrt 2)" WHOLE },
        { "d7", 0, "d4", "\"sum_d7\" (Sum): it reads 1 erf(x / sqrt 2)" WHOLE },
        { "c3", 1, "c", "\"div_c3\" (Div): there is no layer for this operator but gelu" },
        { "c2", 0, "c", "\"sqrt_c2\" (Sqrt): it is of other than one constant number" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Onnx__ModelProto *model = onnx_read_model(MODEL);
        set_input(model, rows[i].result, rows[i].input, rows[i].value);
        CU_ASSERT_TRUE(check_failed(onnx_open_model(model), RN_E_DATA, rows[i].words));
    }
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "other numbers", test_numbers },
        { "other values", test_inputs },
        CU_TEST_INFO_NULL,
    };
    return check_run("nodes that are no gelu", tests);
}
