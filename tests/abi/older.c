/* older.c: a host of an earlier minor version: compiled with frozen headers, it hands tables to a
 * plugin of this version that end where those of its version ended, each in front of memory that
 * nobody may touch. Usage: older PLUGIN.so. Prints what was refused and why, or "done". */
#include <dlfcn.h>
#include <resnet/plugin.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAX_VALUES 4096

struct rn_value {
    rn_tensor_desc desc;
};

static rn_value values[MAX_VALUES];
static int n_values;
static char message[1024];
static const rn_block *current; /* the block that is built */

static void fatal(const char *why)
{
    printf("%s\n", why);
    exit(1);
}

/* A zeroed structure whose last byte is the last of its page; the next page is closed. */
static void *fenced(size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), room = (size + page - 1) / page * page;
    char *at = mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED || mprotect(at + room, page, PROT_NONE))
        fatal("no memory");
    uint32_t *structure = (uint32_t *)(void *)(at + room - size);
    *structure = (uint32_t)size;
    return structure;
}

/* ---- rn_host ----------------------------------------------------------------------------- */
static rn_status fail(rn_status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    return status;
}

static void note(int32_t level, const char *format, ...)
{
    (void)level;
    (void)format;
}

static uint64_t time_ns(void)
{
    return 0;
}

static int32_t is_trusted(const char *path, char *why, uint32_t size)
{
    (void)path;
    (void)why;
    (void)size;
    return 1;
}

static const rn_host *make_host(void)
{
    rn_host *host = fenced(sizeof *host);
    host->abi_minor = RN_ABI_MINOR;
    host->fail = fail;
    host->note = note;
    host->time_ns = time_ns;
    host->is_trusted = is_trusted;
    return host;
}

/* ---- rn_graph: shapes are near enough for blocks that look at channels --------------------- */
static rn_value *refuse(rn_graph *g, rn_status status, const char *format, ...)
{
    va_list args;
    (void)g;
    (void)status;
    va_start(args, format);
    if (!*message)
        vsnprintf(message, sizeof message, format, args);
    va_end(args);
    return NULL;
}

static int is_operator(const char *op)
{
#define RN_OP(OPERATOR, name, bytes)                                                               \
    if (strcmp(op, #name) == 0)                                                                    \
        return 1;
#include <resnet/operators.h>
    return 0;
}

static rn_value *value_like(const rn_value *x, int64_t channels)
{
    if (*message || !x || n_values == MAX_VALUES)
        return NULL;
    rn_value *y = &values[n_values++];
    *y = *x;
    y->desc.shape[1] = channels;
    return y;
}

static rn_value *op(rn_graph *g, const char *op, const char *name, const void *attrs,
                    rn_value *const *inputs, int32_t n_inputs)
{
    (void)name;
    if (*message || n_inputs < 1 || !inputs[0])
        return NULL;
    if (!is_operator(op))
        return refuse(g, RN_E_UNSUPPORTED, "there is no operator %s in ABI 0.%d", op, RN_ABI_MINOR);
    int64_t channels = inputs[0]->desc.shape[1];
    if (strcmp(op, "conv2d") == 0)
        channels = ((const rn_conv2d_attrs *)attrs)->channels;
    for (int32_t i = 1; i < n_inputs && strcmp(op, "concat") == 0; i++)
        channels += inputs[i]->desc.shape[1];
    return value_like(inputs[0], channels);
}

static rn_value *block(rn_graph *g, const char *block, const char *name, rn_value *x,
                       const rn_setting *settings, int32_t n_settings)
{
    int64_t channels = x ? x->desc.shape[1] : 0;
    (void)g;
    (void)block;
    (void)name;
    for (int32_t i = 0; i < n_settings; i++)
        if (strcmp(settings[i].name, "channels") == 0)
            channels = settings[i].int_value[0];
    return value_like(x, channels);
}

static const rn_tensor_desc *desc(rn_graph *g, const rn_value *value)
{
    (void)g;
    return value ? &value->desc : NULL;
}

/* Attributes have their defaults; where there is none, 64. */
static const char *text_of(const char *name)
{
    for (uint32_t i = 0; i < current->n_attrs; i++) {
        const rn_attr *row = (const rn_attr *)(const void *)((const char *)current->attrs +
                                                             (size_t)i * current->attrs->size);
        if (strcmp(row->name, name) == 0)
            return row->default_text ? row->default_text : "64";
    }
    fatal("a block asks for an attribute that its table lacks");
    return NULL;
}

static int64_t attr_int(rn_graph *g, const rn_attrs *attrs, const char *name)
{
    (void)g;
    (void)attrs;
    const char *text = text_of(name);
    return strcmp(text, "true") == 0 ? 1 : strtoll(text, NULL, 10);
}

static double attr_float(rn_graph *g, const rn_attrs *attrs, const char *name)
{
    (void)g;
    (void)attrs;
    return strtod(text_of(name), NULL);
}

static const char *attr_text(rn_graph *g, const rn_attrs *attrs, const char *name)
{
    (void)g;
    (void)attrs;
    return text_of(name);
}

static void attr_pair(rn_graph *g, const rn_attrs *attrs, const char *name, int64_t value[2])
{
    value[0] = value[1] = attr_int(g, attrs, name);
}

static void try_block(const rn_block *tried)
{
    rn_graph *g = fenced(sizeof *g);
    rn_value *x = &values[0];
    *x = (rn_value){ { sizeof x->desc, RN_F32, RN_LAYOUT_PLAIN, 4, { 2, 64, 8, 8 }, 32768 } };
    n_values = 1;
    current = tried;
    g->op = op;
    g->block = block;
    g->desc = desc;
    g->fail = refuse;
    g->attr_int = attr_int;
    g->attr_float = attr_float;
    g->attr_text = attr_text;
    g->attr_pair = attr_pair;
    if (!tried->build(g, NULL, x))
        fatal(*message ? message : "a block failed without a reason");
}

/* ---- rn_backend: opens the first device, and runs a relu on it ----------------------------- */
static void check(rn_status status)
{
    if (status)
        fatal(*message ? message : "a call failed without a reason");
}

static void run_relu(const rn_backend *b, rn_context *context, const rn_op_desc *relu)
{
    float x[] = { -1, 2, -3, 4 }, y[4] = { 0 };
    rn_buffer *buffer;
    rn_kernel *kernel;
    check(b->buffer_create(context, 128, &buffer));
    rn_operand operands[] = { { buffer, 0 }, { buffer, 64 }, { NULL, 0 } };
    check(b->upload(context, operands[0], x, sizeof x));
    check(b->prepare(context, relu, &kernel));
    check(b->run(context, kernel, operands, (rn_operand){ NULL, 0 }));
    check(b->download(context, y, operands[1], sizeof y));
    b->kernel_destroy(context, kernel);
    b->buffer_destroy(context, buffer);
    if (y[0] != 0 || y[1] != 2 || y[2] != 0 || y[3] != 4)
        fatal("its relu computes something else");
}

static void try_backend(const rn_backend *b)
{
    int32_t count = 0;
    rn_device_info *info = fenced(sizeof *info);
    rn_open_params *params = fenced(sizeof *params);
    rn_tensor_desc *tensor = fenced(sizeof *tensor);
    rn_op_desc *relu = fenced(sizeof *relu);
    rn_op_answer *answer = fenced(sizeof *answer);
    const rn_tensor_desc *inputs[] = { tensor }, *outputs[] = { tensor, NULL };
    rn_context *context = NULL;
    check(b->device_count(&count));
    check(b->device_info(0, info));
    params->threads = 1;
    params->precision = RN_PRECISION_FP32;
    params->device = "";
    check(b->open(params, &context));
    *tensor = (rn_tensor_desc){ sizeof *tensor, RN_F32, RN_LAYOUT_PLAIN, 2, { 1, 4 }, 16 };
    relu->op = "relu";
    relu->name = "relu";
    relu->inputs = inputs;
    relu->outputs = outputs;
    relu->n_inputs = 1;
    relu->n_outputs = 2;
    check(b->query(context, relu, answer));
    run_relu(b, context, relu);
    b->close(context);
}

int main(int argc, char **argv)
{
    void *library = argc == 2 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
    if (!library)
        fatal(argc == 2 ? dlerror() : "usage: older PLUGIN.so");
    rn_status (*entry)(const rn_host *, rn_plugin *);
    *(void **)&entry = dlsym(library, RN_PLUGIN_ENTRY_NAME);
    if (!entry)
        fatal("it has no " RN_PLUGIN_ENTRY_NAME);
    rn_plugin *plugin = fenced(sizeof *plugin);
    check(entry(make_host(), plugin));
    for (uint32_t i = 0; i < plugin->n_blocks; i++)
        try_block(plugin->blocks[i]);
    if (plugin->backend)
        try_backend(plugin->backend);
    puts("done");
    return 0;
}
