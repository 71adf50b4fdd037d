/* kernel_names.c: writes which kernels a program ran on the GPU, under the names that NVIDIA's
 * CUPTI knows: those of cuDNN's and cuBLAS's own kernels, too. CUDA loads it into the program:
 *
 *     CUDA_INJECTION64_PATH=…/kernel_names.so KERNEL_NAMES_OUT=names.csv resnet-run …
 *
 * KERNEL_NAMES_CUPTI is the path of libcupti; otherwise the loader finds it. The file has a line
 * `"name",launches,ms` for each kernel, the slowest first. Where the program launches graphs, as
 * recorded steps are, it counts their kernels only, by the launch of a graph; else all kernels of
 * the program. What fails is said on standard error, and the program goes on. */
#include <cupti.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUFFER_BYTES = 8 << 20, MAX_KERNELS = 2048 };

typedef struct kernel {
    char *name;
    double ms;
    unsigned long launches;
} kernel;

/* Those of graphs, and the others. */
typedef struct kernels {
    kernel list[MAX_KERNELS];
    int n;
} kernels;

static struct {
    CUptiResult (*register_callbacks)(CUpti_BuffersCallbackRequestFunc,
                                      CUpti_BuffersCallbackCompleteFunc);
    CUptiResult (*enable)(CUpti_ActivityKind);
    CUptiResult (*next_record)(uint8_t *, size_t, CUpti_Activity **);
    CUptiResult (*flush_all)(uint32_t);
    pthread_mutex_t mutex;
    kernels of_graphs, others;
    uint64_t first_node; /* of a graph, that was seen; it is launched once with its graph */
    unsigned long n_graphs;
} tracer = { .mutex = PTHREAD_MUTEX_INITIALIZER };

static void say(const char *what, const char *why)
{
    fprintf(stderr, "kernel_names: %s: %s\n", what, why);
}

/* ---- Records ---- */

static void add(kernels *all, const char *name, double ms)
{
    int i = 0;
    while (i < all->n && strcmp(all->list[i].name, name) != 0)
        i++;
    if (i == MAX_KERNELS)
        return;
    if (i == all->n) {
        char *copy = strdup(name);
        if (!copy)
            return;
        all->list[all->n++].name = copy;
    }
    all->list[i].ms += ms;
    all->list[i].launches++;
}

/* All versions of the record that CUPTI has had since CUDA 11.6 begin in the same way. */
static void add_record(const CUpti_ActivityKernel9 *record)
{
    double ms = (double)(record->end - record->start) * 1e-6;
    const char *name = record->name ? record->name : "unnamed";
    if (record->graphNodeId && !tracer.first_node)
        tracer.first_node = record->graphNodeId;
    tracer.n_graphs += record->graphNodeId && record->graphNodeId == tracer.first_node;
    add(record->graphNodeId ? &tracer.of_graphs : &tracer.others, name, ms);
}

static void CUPTIAPI give_buffer(uint8_t **buffer, size_t *size, size_t *max_records)
{
    *buffer = aligned_alloc(64, BUFFER_BYTES);
    *size = *buffer ? BUFFER_BYTES : 0;
    *max_records = 0;
}

static void CUPTIAPI take_buffer(CUcontext context, uint32_t stream, uint8_t *buffer, size_t size,
                                 size_t valid_bytes)
{
    CUpti_Activity *record = NULL;
    (void)context;
    (void)stream;
    (void)size;
    pthread_mutex_lock(&tracer.mutex);
    while (valid_bytes && tracer.next_record(buffer, valid_bytes, &record) == CUPTI_SUCCESS)
        if (record->kind == CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL)
            add_record((const CUpti_ActivityKernel9 *)record);
    pthread_mutex_unlock(&tracer.mutex);
    free(buffer);
}

/* ---- The file ---- */

static int by_ms(const void *a, const void *b)
{
    double x = ((const kernel *)a)->ms, y = ((const kernel *)b)->ms;
    return x > y ? -1 : x < y;
}

typedef char *(*demangler)(const char *, char *, size_t *, int *);

/* The name as its source has it, where the C++ library is there to tell. The caller frees it. */
static char *readable(const char *name)
{
    void *library = dlopen("libstdc++.so.6", RTLD_NOW);
    demangler demangle = library ? (demangler)dlsym(library, "__cxa_demangle") : NULL;
    int status = 0;
    char *text = demangle ? demangle(name, NULL, NULL, &status) : NULL;
    return text ? text : strdup(name);
}

static void write_line(FILE *out, const kernel *k, unsigned long per)
{
    char *name = readable(k->name);
    for (char *c = name; c && *c; c++)
        if (*c == '"' || *c == '\n')
            *c = ' ';
    fprintf(out, "\"%s\",%g,%.6f\n", name ? name : k->name, (double)k->launches / (double)per,
            k->ms / (double)per);
    free(name);
}

static void finish(void)
{
    const char *path = getenv("KERNEL_NAMES_OUT");
    CUptiResult result = tracer.flush_all(1);
    if (result != CUPTI_SUCCESS)
        say("flushing", "CUPTI cannot give its last records");
    pthread_mutex_lock(&tracer.mutex);
    bool has_graphs = tracer.of_graphs.n > 0;
    kernels *all = has_graphs ? &tracer.of_graphs : &tracer.others;
    FILE *out = fopen(path, "w");
    qsort(all->list, (size_t)all->n, sizeof *all->list, by_ms);
    for (int i = 0; out && i < all->n; i++)
        write_line(out, &all->list[i], has_graphs ? tracer.n_graphs : 1);
    if (!out || fclose(out))
        say(path, "it cannot be written");
    pthread_mutex_unlock(&tracer.mutex);
}

/* ---- Loading ---- */

static void *open_cupti(void)
{
    const char *path = getenv("KERNEL_NAMES_CUPTI");
    if (path && *path)
        return dlopen(path, RTLD_NOW);
    void *library = dlopen("libcupti.so.13", RTLD_NOW);
    return library ? library : dlopen("libcupti.so.12", RTLD_NOW);
}

static bool find_all(void *cupti)
{
    *(void **)&tracer.register_callbacks = dlsym(cupti, "cuptiActivityRegisterCallbacks");
    *(void **)&tracer.enable = dlsym(cupti, "cuptiActivityEnable");
    *(void **)&tracer.next_record = dlsym(cupti, "cuptiActivityGetNextRecord");
    *(void **)&tracer.flush_all = dlsym(cupti, "cuptiActivityFlushAll");
    return tracer.register_callbacks && tracer.enable && tracer.next_record && tracer.flush_all;
}

/* CUDA calls this when it is initialised. */
__attribute__((visibility("default"))) int InitializeInjection(void)
{
    static bool is_open;
    void *cupti = is_open || !getenv("KERNEL_NAMES_OUT") ? NULL : open_cupti();
    if (is_open || !getenv("KERNEL_NAMES_OUT"))
        return 1;
    if (!cupti || !find_all(cupti)) {
        say("libcupti", cupti ? "it lacks functions" : dlerror());
        return 1;
    }
    if (tracer.enable(CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL) != CUPTI_SUCCESS ||
        tracer.register_callbacks(give_buffer, take_buffer) != CUPTI_SUCCESS) {
        say("libcupti", "it cannot trace here");
        return 1;
    }
    is_open = true;
    atexit(finish);
    return 1;
}
