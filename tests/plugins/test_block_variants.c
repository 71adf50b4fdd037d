/* test_block_variants.c: blocks without a golden file: shortcuts A and C, the position of the
 * stride, widths, zero_init; the messages of invalid attributes; blocks that call blocks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "config/attr.h"
#include "plan/plan.h"
#include "plugin/registry.h"
#include "plugins/settings.h"
#include "support/check.h"

/* A block on an input of (2, channels, 6, 6). */
typedef struct variant {
    const char *block;
    int64_t channels;
    rn_setting settings[MAX_SETTINGS];
    const char *words; /* all weights of convolutions, "conv1.weight 8x4x1x1 …"; or the message */
} variant;

static rn_registry *registry;

static rn_status build(const variant *v, bool training, rn_dag **dag, rn_value **y)
{
    const rn_block *block = NULL;
    rn_attrs *attrs = NULL;
    int32_t n_settings = 0;
    while (n_settings < MAX_SETTINGS && v->settings[n_settings].name)
        n_settings++;
    rn_tensor_desc x = { .size = sizeof x,
                         .dtype = RN_F32,
                         .layout = RN_LAYOUT_PLAIN,
                         .rank = 4,
                         .shape = { 2, v->channels, 6, 6 },
                         .size_bytes = (uint64_t)(2 * v->channels * 6 * 6) * sizeof(float) };
    rn_status status = rn_registry_block(registry, v->block, &block);
    if (status)
        return status;
    status = rn_attrs_from_settings(block->attrs, block->n_attrs, v->settings, n_settings, v->block,
                                    &attrs);
    if (status)
        return status;
    status = rn_dag_create(training, RN_U8, dag);
    if (status)
        goto done;
    *y = rn_dag_block(*dag, block, attrs, "", rn_dag_input(*dag, "x", &x));
    status = (*dag)->status;
done:
    rn_attrs_destroy(attrs);
    return status;
}

static void list_weights(const rn_dag *dag, char *text, size_t size)
{
    size_t length = 0;
    text[0] = 0;
    for (int32_t i = 0; i < dag->n_values && length < size; i++) {
        const rn_value *value = dag->values[i];
        const long long d[4] = { value->desc.shape[0], value->desc.shape[1], value->desc.shape[2],
                                 value->desc.shape[3] };
        if (value->role == RN_ROLE_PARAM && value->desc.rank == 4)
            length += (size_t)snprintf(text + length, size - length, "%s%s %lldx%lldx%lldx%lld",
                                       length ? " " : "", value->name, d[0], d[1], d[2], d[3]);
    }
}

static void test_weights(void)
{
    static const variant variants[] = {
        { "residual/basic",
          4,
          { INT("channels", 8), INT("stride", 2), TEXT("shortcut", "A") },
          "conv1.weight 8x4x3x3 conv2.weight 8x8x3x3" },
        { "residual/basic",
          4,
          { INT("channels", 4), TEXT("shortcut", "C") },
          "conv1.weight 4x4x3x3 conv2.weight 4x4x3x3 downsample.0.weight 4x4x1x1" },
        { "residual/basic",
          4,
          { INT("channels", 8), INT("stride", 2), TEXT("shortcut", "none") },
          "conv1.weight 8x4x3x3 conv2.weight 8x8x3x3" },
        { "residual/preact_bottleneck",
          4,
          { INT("channels", 2), TEXT("shortcut", "none") },
          "conv1.weight 2x4x1x1 conv2.weight 2x2x3x3 conv3.weight 8x2x1x1" },
        { "residual/bottleneck",
          4,
          { INT("channels", 3), FLOAT("width_factor", 2) },
          "conv1.weight 6x4x1x1 conv2.weight 6x6x3x3 conv3.weight 12x6x1x1 "
          "downsample.0.weight 12x4x1x1" },
        { "residual/preact_basic",
          4,
          { INT("channels", 8), TEXT("shortcut", "A") },
          "conv1.weight 8x4x3x3 conv2.weight 8x8x3x3" },
        { "residual/preact_bottleneck",
          8,
          { INT("channels", 2), INT("stride", 2) },
          "conv1.weight 2x8x1x1 conv2.weight 2x2x3x3 conv3.weight 8x2x1x1 "
          "shortcut.weight 8x8x1x1" },
        { "residual/preact_bottleneck",
          8,
          { INT("channels", 2), TEXT("shortcut", "C") },
          "conv1.weight 2x8x1x1 conv2.weight 2x2x3x3 conv3.weight 8x2x1x1 "
          "shortcut.weight 8x8x1x1" },
        { "resnext/resnext",
          64,
          { INT("channels", 128), INT("group_width", 8) },
          "conv1.weight 512x64x1x1 conv2.weight 512x16x3x3 conv3.weight 512x512x1x1 "
          "downsample.0.weight 512x64x1x1" },
        { "resnext/book",
          4,
          { INT("channels", 4), INT("group_width", 2), FLOAT("bottleneck_ratio", 1) },
          "conv1.weight 4x4x1x1 conv2.weight 4x2x3x3 conv3.weight 4x4x1x1" },
    };
    for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++) {
        char found[1024] = "";
        rn_dag *dag = NULL;
        rn_value *y = NULL;
        CU_ASSERT_EQUAL(build(&variants[i], true, &dag, &y), RN_OK);
        if (dag)
            list_weights(dag, found, sizeof found);
        CU_ASSERT_STRING_EQUAL(found, variants[i].words);
        if (strcmp(found, variants[i].words) != 0)
            check_note("%s: found %s", variants[i].block, found);
        rn_dag_destroy(dag);
    }
}

static const variant refused[] = {
    { "residual/residual",
      4,
      { INT("channels", 4), INT("stride", 2) },
      "stride 2 needs use_1x1conv = true" },
    { "residual/residual",
      4,
      { INT("channels", 8) },
      "going from 4 to 8 channels needs use_1x1conv = true" },
    { "residual/basic",
      8,
      { INT("channels", 4), TEXT("shortcut", "A") },
      "shortcut \"A\" can only add channels, but here 8 become 4; use shortcut \"B\"" },
    { "residual/basic",
      8,
      { INT("channels", 4), TEXT("shortcut", "E") },
      "\"A\" or \"B\" or \"C\" or \"D\" or \"none\"" },
    { "residual/basic",
      4,
      { INT("channels", 4), TEXT("shortcut", "none"), FLOAT("drop_path", 0.1) },
      "drop_path leaves nothing without a shortcut" },
    { "residual/bottleneck",
      4,
      { INT("channels", 1), FLOAT("width_factor", 0.5) },
      "width_factor leaves no channel of 1" },
    { "resnext/resnext",
      4,
      { INT("channels", 8), INT("group_width", 4) },
      "channels 8 with group_width 4 leave no channel in a group" },
    { "resnext/book",
      4,
      { INT("channels", 8), INT("group_width", 3), FLOAT("bottleneck_ratio", 1) },
      "the bottleneck's 8 channels cannot be divided into groups of 3 (group_width)" },
    { "resnext/book",
      4,
      { INT("channels", 8), INT("group_width", 4), FLOAT("bottleneck_ratio", 1) },
      "stride 1 from 4 to 8 channels needs use_1x1conv = true" },
    { "inception",
      4,
      { INT("c1", 1), INT("c2", 1), INT("c3", 1), INT("c4", 1), INT("kernel3", 4) },
      "kernel3 4 is even, so the sizes of the paths differ" },
    { "regnet",
      4,
      { INT("channels", 8), INT("group_width", 3) },
      "8 channels cannot be divided into groups of 3 (group_width)" },
    { "shift/csc", 4, { INT("channels", 8) }, "stride 1 keeps the 4 channels, and cannot give 8" },
    { "shift/csc",
      4,
      { INT("channels", 4), INT("stride", 2) },
      "stride 2 adds channels to the 4 of the input, and cannot give 4" },
    { "conv2d",
      4,
      { INT("channels", 8), INT("kernel", 3), INT("padding", 1), BOOL("same_padding", 1) },
      "give either same_padding = true or padding = [1, 1], not both" },
};

static void test_refusals(void)
{
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        rn_dag *dag = NULL;
        rn_value *y = NULL;
        rn_status status = build(&refused[i], true, &dag, &y);
        CU_ASSERT(check_failed(status, RN_E_CONFIG, refused[i].words));
        CU_ASSERT_PTR_NULL(y);
        rn_dag_destroy(dag);
    }
}

static int64_t stride_of(const rn_dag *dag, const char *name)
{
    for (int32_t i = 0; i < dag->n_nodes; i++)
        if (strcmp(dag->nodes[i]->name, name) == 0)
            return ((const rn_conv2d_attrs *)dag->nodes[i]->attrs)->stride[1];
    return 0;
}

static void test_stride(void)
{
    static const char *const blocks[] = { "residual/bottleneck", "residual/preact_bottleneck" };
    for (int i = 0; i < 4; i++) {
        const bool on_1x1 = i & 1;
        const variant v = { blocks[i / 2],
                            4,
                            { INT("channels", 4), INT("stride", 2),
                              TEXT("stride_on", on_1x1 ? "1x1" : "3x3") },
                            NULL };
        rn_dag *dag = NULL;
        rn_value *y = NULL;
        CU_ASSERT_EQUAL_FATAL(build(&v, true, &dag, &y), RN_OK);
        CU_ASSERT_EQUAL(stride_of(dag, "conv1"), on_1x1 ? 2 : 1);
        CU_ASSERT_EQUAL(stride_of(dag, "conv2"), on_1x1 ? 1 : 2);
        CU_ASSERT_EQUAL(stride_of(dag, "conv3"), 1);
        rn_dag_destroy(dag);
    }
}

/* Runs `dag`, of which it takes ownership, on the reference backend with random weights. */
static rn_status run(rn_dag *dag, const float *x, const rn_value *y, float *to)
{
    const rn_device_params params = {
        .backend = "reference", .device = "", .threads = 1, .precision = RN_PRECISION_FP32
    };
    rn_device *device = NULL;
    rn_plan *plan = NULL;
    rn_store *store = NULL;
    rn_buffer *arena = NULL;
    rn_status status = rn_device_open(registry, &params, &device);
    if (status)
        return status;
    status = rn_plan_create(device, dag, &plan);
    if (status)
        goto done;
    status = rn_store_create(&device, 1, plan->dag, &store);
    if (status)
        goto done;
    status = rn_store_initialise(store, RN_WEIGHT_INIT_HE_NORMAL, 7);
    if (status)
        goto done;
    status = device->backend->buffer_create(device->context, plan->memory->arena_bytes, &arena);
    if (status)
        goto done;
    status = rn_plan_bind(plan, store, 0, arena);
    if (status)
        goto done;
    status = rn_plan_upload(plan, rn_dag_find(plan->dag, "x"), x);
    if (status)
        goto done;
    status = rn_plan_run(plan);
    if (status)
        goto done;
    status = rn_plan_download(plan, y, to);
done:
    rn_plan_destroy(plan);
    rn_store_destroy(store);
    if (arena)
        device->backend->buffer_destroy(device->context, arena);
    rn_device_close(device);
    return status;
}

/* With zero_init a plain block adds nothing to nothing. */
static void test_shortcut_none(void)
{
    static const variant v = { "residual/basic",
                               4,
                               { INT("channels", 4), TEXT("shortcut", "none"),
                                 BOOL("zero_init", 1) },
                               NULL };
    float x[2][4][6][6], y[2][4][6][6];
    rn_dag *dag = NULL;
    rn_value *output = NULL;
    for (size_t i = 0; i < sizeof x / sizeof(float); i++)
        ((float *)x)[i] = (float)(i % 13) - 6;
    CU_ASSERT_EQUAL_FATAL(build(&v, true, &dag, &output), RN_OK);
    output->pinned = true;
    CU_ASSERT_EQUAL_FATAL(run(dag, (const float *)x, output, (float *)y), RN_OK);
    for (size_t i = 0; i < sizeof y / sizeof(float); i++)
        CU_ASSERT_EQUAL(((float *)y)[i], 0);
}

/* With zero_init a block is its shortcut followed by relu. Shortcut A takes every second pixel and
 * adds two zero channels on each side of the four. */
static void test_shortcut_a(void)
{
    static const variant v = { "residual/basic",
                               4,
                               { INT("channels", 8), INT("stride", 2), TEXT("shortcut", "A"),
                                 BOOL("zero_init", 1) },
                               NULL };
    float x[2][4][6][6], y[2][8][3][3];
    rn_dag *dag = NULL;
    rn_value *output = NULL;
    for (size_t i = 0; i < sizeof x / sizeof(float); i++)
        ((float *)x)[i] = (float)(i % 13) - 6;
    CU_ASSERT_EQUAL_FATAL(build(&v, true, &dag, &output), RN_OK);
    output->pinned = true;
    CU_ASSERT_EQUAL(output->desc.size_bytes, sizeof y);
    CU_ASSERT_EQUAL_FATAL(run(dag, (const float *)x, output, (float *)y), RN_OK);
    for (int i = 0; i < 2 * 8 * 3 * 3; i++) {
        int n = i / 72, c = i / 9 % 8, p = i / 3 % 3, q = i % 3;
        float wanted = c < 2 || c > 5 ? 0 : x[n][c - 2][2 * p][2 * q];
        CU_ASSERT_EQUAL(y[n][c][p][q], wanted > 0 ? wanted : 0);
    }
}

static rn_value *build_inner(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    (void)attrs;
    return rn_relu(g, x);
}

static rn_value *build_middle(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    (void)attrs;
    return rn_block_call(g, "inner", "inner", x, NULL, 0);
}

static rn_value *build_outer(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    (void)attrs;
    rn_value *y = rn_block_call(g, "two/middle", "middle", x, NULL, 0);
    return rn_block_call(g, "inner", "own", y, NULL, 0);
}

static rn_status find_pretended(void *context, const char *name, const rn_block **block)
{
    static const rn_block inner = { .size = sizeof inner, .name = "inner", .build = build_inner };
    static const rn_block middle = { .size = sizeof middle,
                                     .name = "middle",
                                     .build = build_middle };
    char *requested = context;
    strcat(strcat(requested, name), " ");
    *block = strcmp(name, "two/middle") == 0 ? &middle : &inner;
    return RN_OK;
}

/* A name without a plugin is looked up in the calling block's plugin, not in the cfg's. */
static void test_siblings(void)
{
    static const rn_block outer = { .size = sizeof outer, .name = "outer", .build = build_outer };
    const rn_tensor_desc x = rn_desc_make(RN_F32, 4, (const int64_t[]){ 1, 1, 2, 2 });
    char requested[256] = "";
    rn_dag *dag = NULL;
    CU_ASSERT_EQUAL_FATAL(rn_dag_create(false, RN_U8, &dag), RN_OK);
    dag->find_block = find_pretended;
    dag->find_block_context = requested;
    dag->plugin = "one";
    CU_ASSERT_PTR_NOT_NULL(rn_dag_block(dag, &outer, NULL, "outer", rn_dag_input(dag, "x", &x)));
    CU_ASSERT_STRING_EQUAL(requested, "two/middle two/inner one/inner ");
    rn_dag_destroy(dag);
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "weights", test_weights },
        { "invalid attributes", test_refusals },
        { "which convolution has the stride", test_stride },
        { "shortcut A", test_shortcut_a },
        { "no shortcut", test_shortcut_none },
        { "blocks that call blocks", test_siblings },
        CU_TEST_INFO_NULL,
    };
    if (rn_registry_create(NULL, &registry)) {
        printf("%s\n", rn_fail_text());
        return 1;
    }
    int result = check_run("block variants", tests);
    rn_registry_destroy(registry);
    return result;
}
