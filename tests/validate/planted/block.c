/* block.c: a plugin with a block, and one mistake in it. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "planted.h"

enum mistake {
    none,
    exports_more,
    text_relocations, /* with -Wl,-z,notext */
    executable_stack, /* with -Wl,-z,execstack */
    needs_the_program,
    fast_floats, /* with -ffast-math */
    prints_while_loading,
    prints_while_building,
    changes_its_name,
    reads_past_the_host_table,
    writes_past_the_plugin_table,
    entry_without_memory,
    builds_never,
    fails_without_a_reason,
    changes_the_folder,
    changes_the_umask,
    changes_the_environment,
    changes_the_floating_point_mode,
    counts_its_builds,
    remembers_a_shape,
    ignores_an_attribute,
    divides_by_an_attribute,
    dies_of_small_images,
    wrong_status_for_shapes,
    steps_through_pixels,
    hangs_on_huge_images,
    calls_a_later_slot,
    build_without_memory,
    leaks_in_build
};

static const rn_host *host;
static int n_builds;
static int64_t last_height;
static char *volatile text; /* volatile, so that no compiler leaves it out */

#ifdef PLANT_exports_more
RN_PLUGIN_EXPORT int planted_helper(void)
{
    return 1;
}
#endif

/* An address in the code. */
static void plant_relocation(void)
{
#ifdef PLANT_text_relocations
    __asm__ volatile("jmp 1f\n.quad stdout\n1:");
#endif
}

/* What only the program has. */
static void plant_need(void)
{
#ifdef PLANT_needs_the_program
    void rn_log(int level, const char *format, ...);
    rn_log(1, "planted");
#endif
}

__attribute__((constructor)) static void start(void)
{
    if (IS(prints_while_loading))
        puts("planted is here");
}

static void change_process(void)
{
    if (IS(changes_the_folder) && chdir("/"))
        abort();
    if (IS(changes_the_umask))
        umask(0);
    if (IS(changes_the_environment))
        setenv("PLANTED", "1", 1);
    if (IS(changes_the_floating_point_mode)) {
        uint32_t mode = 0x9fc0; /* results that are denormal become 0 */
        __asm__ volatile("ldmxcsr %0" : : "m"(mode));
    }
}

static void use_memory(void)
{
    if (IS(build_without_memory)) {
        text = malloc(8);
        strcpy(text, "planted");
        free(text);
    }
    if (IS(leaks_in_build))
        text = strdup("planted");
}

static int64_t count_pixels(rn_graph *g, rn_value *x)
{
    volatile int64_t n = 0;
    int64_t pixels = rn_dim(g, x, 2) * rn_dim(g, x, 3);
    /* 3 ns a pixel, on any processor. */
    uint64_t end_ns = host->time_ns() + 3 * (uint64_t)pixels;
    while (IS(steps_through_pixels) && host->time_ns() < end_ns)
        n = n + 1;
    while (IS(hangs_on_huge_images) && pixels > 1 << 30)
        n = n + 1;
    return n;
}

static rn_value *refuse(rn_graph *g, rn_value *x)
{
    if (IS(builds_never))
        return g->fail(g, RN_E_SHAPE, "it takes no images");
    if (IS(fails_without_a_reason))
        return NULL;
    if (IS(dies_of_small_images) && rn_dim(g, x, 2) < 2)
        abort();
    if (IS(wrong_status_for_shapes) && rn_dim(g, x, 1) == 7)
        return g->fail(g, RN_E_IO, "7 channels");
    return x;
}

/* A convolution whose name and channels a mistake may change. */
static rn_value *convolve(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    char name[32] = "conv";
    int64_t channels = rn_attr_int(g, attrs, "channels");
    if (IS(counts_its_builds))
        snprintf(name, sizeof name, "conv%d", n_builds);
    if (IS(remembers_a_shape))
        channels += last_height;
    last_height = rn_dim(g, x, 2);
    rn_conv2d_attrs conv = { .channels = channels, .kernel = { 3, 3 }, .padding = { 1, 1 } };
    conv.has_bias = IS(ignores_an_attribute) ? 1 : rn_attr_bool(g, attrs, "bias");
    return rn_conv2d(g, x, name, conv);
}

static rn_value *build(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    int64_t width = rn_attr_int(g, attrs, "width");
    n_builds++;
    if (IS(prints_while_building))
        puts("building");
    change_process();
    use_memory();
    plant_relocation();
    plant_need();
    count_pixels(g, x);
    if (!refuse(g, x))
        return NULL;
    if (IS(divides_by_an_attribute) ? rn_dim(g, x, 1) % width != 0 : width < 0)
        return g->fail(g, RN_E_CONFIG, "width %lld", (long long)width);
    if (IS(calls_a_later_slot)) {
        rn_parameter_desc desc = {
            .init = RN_PARAMETER_CONSTANT, .value = 1, .rank = 1, .shape = { 1 }
        };
        desc.size = sizeof desc;
        g->parameter(g, "scale", &desc);
    }
    return rn_relu(g, rn_batch_norm(g, convolve(g, attrs, x), "bn", (rn_batch_norm_attrs){ 0 }));
}

static const rn_attr rows[] = {
    RN_ATTR_ROW(INT, "channels", NULL, 1, 65536, "channels", NULL, "of the output"),
    RN_ATTR_ROW(BOOL, "bias", "false", 0, 0, "", NULL, "add a bias"),
    RN_ATTR_ROW(INT, "width", "1", 0, 64, "channels", NULL, "of a group"),
};

static const rn_block block = {
    .size = sizeof block,
    .n_attrs = sizeof rows / sizeof *rows,
    .name = "planted",
    .doc = "A convolution, a norm and a relu.",
    .source = "none",
    .attrs = rows,
    .build = build,
};
static const rn_block *const blocks[] = { &block };

static const void *extension(const char *id)
{
    (void)id;
    return NULL;
}

static void use_entry_memory(void)
{
    if (IS(entry_without_memory)) {
        text = malloc(8);
        strcpy(text, "planted");
        free(text);
    }
}

rn_status RN_PLUGIN_ENTRY(const rn_host *given, rn_plugin *plugin)
{
    static int n_calls;
    host = given;
    use_entry_memory();
    if (IS(reads_past_the_host_table))
        n_calls += ((const volatile char *)host)[host->size] & 0;
    if (IS(writes_past_the_plugin_table) ||
        plugin->size >= offsetof(rn_plugin, extension) + sizeof plugin->extension)
        plugin->extension = extension;
    plugin->blocks = blocks;
    plugin->n_blocks = 1;
    planted_fill(plugin);
    if (IS(changes_its_name) && n_calls++ > 0)
        plugin->version = "2.0.0";
    return RN_OK;
}
