/* test_allocations.c: a step of training or evaluation allocates nothing, neither in the core nor
 * in a backend, with a resident batch and with the loader running. Replaces the allocator's entry
 * points to count calls.
 *
 * Calls by vendor libraries are counted separately and reported: on processors with AVX-512,
 * OpenBLAS 0.3.21 packs some products of less than a million multiplications into memory from
 * malloc, and oneDNN makes a list of arguments for every primitive that it runs. */
#include <link.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "support/check.h"
#include "support/memory_set.h"
#include "support/net_harness.h"
#include "train/evaluate.h"

#define N_STEPS 3
#define BATCH 32
#define N_IMAGES ((N_STEPS + 2) * BATCH)

/* Sanitizers replace the allocator themselves. */
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define CAN_COUNT 0
#elif defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(memory_sanitizer)
#define CAN_COUNT 0
#endif
#endif
#if !defined CAN_COUNT && defined __GLIBC__
#define CAN_COUNT 1
#elif !defined CAN_COUNT
#define CAN_COUNT 0
#endif

static atomic_int counting;
static atomic_long n_calls, n_vendor_calls;

/* Address ranges of the code of vendor libraries, and of libraries that allocate for them. */
static struct {
    uintptr_t start, end;
} vendors[16];
static size_t n_vendors;

#if CAN_COUNT

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static void count_call(const void *caller)
{
    if (!atomic_load(&counting))
        return;
    bool by_vendor = false;
    for (size_t i = 0; i < n_vendors; i++)
        by_vendor |= (uintptr_t)caller >= vendors[i].start && (uintptr_t)caller < vendors[i].end;
    atomic_fetch_add(by_vendor ? &n_vendor_calls : &n_calls, 1);
}

void *malloc(size_t size)
{
    count_call(__builtin_return_address(0));
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    count_call(__builtin_return_address(0));
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    count_call(__builtin_return_address(0));
    return __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size)
{
    count_call(__builtin_return_address(0));
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    count_call(__builtin_return_address(0));
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **to, size_t alignment, size_t size)
{
    count_call(__builtin_return_address(0));
    *to = __libc_memalign(alignment, size);
    return *to ? 0 : ENOMEM;
}

void *mmap(void *address, size_t size, int protection, int flags, int file, off_t offset)
{
    count_call(__builtin_return_address(0));
    return (void *)syscall(SYS_mmap, address, size, protection, flags, file, offset);
}

#endif

/* For dl_iterate_phdr: records the address range of such a library's code. */
static int find_vendor(struct dl_phdr_info *object, size_t size, void *context)
{
    (void)size;
    (void)context;
    const char *slash = strrchr(object->dlpi_name, '/');
    const char *name = slash ? slash + 1 : object->dlpi_name;
    static const char *const names[] = { "libopenblas", "libblas",   "libdnnl", "libgomp", "libomp",
                                         "libstdc++",   "libOpenCL", "libpocl", "libLLVM" };
    bool is_vendor = false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        is_vendor |= strncmp(name, names[i], strlen(names[i])) == 0;
    for (int i = 0; is_vendor && i < object->dlpi_phnum; i++)
        if ((object->dlpi_phdr[i].p_flags & PF_X) && n_vendors < sizeof vendors / sizeof *vendors) {
            vendors[n_vendors].start = object->dlpi_addr + object->dlpi_phdr[i].p_vaddr;
            vendors[n_vendors].end = vendors[n_vendors].start + object->dlpi_phdr[i].p_memsz;
            n_vendors++;
        }
    return 0;
}

/* Synthetic images. */
static memory_set *make_images(const rn_config *config)
{
    memory_set *set = memory_set_make(N_IMAGES, 1, 28, config->network.height);
    for (size_t i = 0; i < N_IMAGES * 28 * 28; i++)
        set->pixels[i] = (uint8_t)(i * 2654435761u >> 24);
    for (int i = 0; i < N_IMAGES; i++)
        set->labels[i] = i % 10;
    return set;
}

/* Runs steps on batches from the loader and returns the number of allocations. The first two are
 * not counted: a backend may record its plan then. */
static long count_steps(const net_trial *t, rn_pass_plans *plans, bool resident)
{
    memory_set *images = make_images(t->config);
    rn_loader_params params = rn_evaluate_loader(t->session, &images->source, NULL);
    const rn_step_params step = { .learning_rate = 0.01, .seed = 1 };
    rn_loader *loader = NULL;
    rn_batch batch;
    params.batch = BATCH;
    rn_status status = rn_loader_create(&params, &loader);
    for (int i = 0; i <= N_STEPS + 1 && !status; i++) {
        rn_step_result result;
        if (i == 0 || !resident)
            status = rn_loader_next(loader, &batch);
        if (!status)
            status = rn_step_run(t->session, plans, &batch, &step, &result);
        if (i == 1) {
            atomic_store(&n_calls, 0);
            atomic_store(&n_vendor_calls, 0);
            atomic_store(&counting, 1);
        }
    }
    atomic_store(&counting, 0);
    op_check(!status, "%s", rn_fail_text());
    rn_loader_destroy(loader);
    memory_set_free(images);
    return atomic_load(&n_calls);
}

static void test_steps(const op_backend *backend, const void *subject)
{
    const char *cfg = subject;
    net_trial trial = { 0 };
    if (!CAN_COUNT) {
        check_skip("allocations cannot be counted here: another allocator, or not glibc");
        return;
    }
    rn_status status = net_open(&trial, backend, cfg, BATCH, false);
    if (op_accepted(backend, status, cfg))
        for (int i = 0; i < 4; i++) {
            bool trains = i & 1, resident = i & 2;
            long calls = count_steps(&trial, trains ? trial.train : trial.evaluate, resident);
            op_check(calls == 0, "%s: %s: %ld allocations in %d %s steps with %s", backend->label,
                     cfg, calls, N_STEPS, trains ? "training" : "evaluation",
                     resident ? "a resident batch" : "the loader");
            if (atomic_load(&n_vendor_calls))
                check_note("the vendor's library itself allocated: %ld calls in %d steps of %s",
                           atomic_load(&n_vendor_calls), N_STEPS, trains ? "train" : "eval");
        }
    net_close(&trial);
}

/* The loader's labels become targets in every step. */
static void test_soft_steps(const op_backend *backend, const void *subject)
{
    net_trial trial = { .soft_labels = true };
    if (!CAN_COUNT) {
        check_skip("allocations cannot be counted here: another allocator, or not glibc");
        return;
    }
    if (op_accepted(backend, net_open(&trial, backend, subject, BATCH, false), subject)) {
        long calls = count_steps(&trial, trial.train, false);
        op_check(calls == 0, "%s: %ld allocations in %d steps with soft labels", backend->label,
                 calls, N_STEPS);
    }
    net_close(&trial);
}

/* Calls by plugins are counted, too. */
static void test_counter(const op_backend *none, const void *subject)
{
    (void)none;
    (void)subject;
    rn_buffer *buffer = NULL;
    const op_backend *backend = op_backends_count() ? op_backend_at(0) : NULL;
    if (!CAN_COUNT || !backend) {
        check_skip("allocations cannot be counted here: another allocator, or not glibc");
        return;
    }
    atomic_store(&n_calls, 0);
    atomic_store(&counting, 1);
    rn_status status = backend->table->buffer_create(backend->context, 100, &buffer);
    atomic_store(&counting, 0);
    op_check(!status && atomic_load(&n_calls) > 0, "a backend's buffer was not counted");
    backend->table->buffer_destroy(backend->context, buffer);
}

int main(void)
{
    op_backends_open();
    dl_iterate_phdr(find_vendor, NULL);
    op_tests_add_once("the counter counts", test_counter, NULL);
    op_tests_add("dropout.cfg", test_steps, "tests/config/nets/dropout.cfg");
    op_tests_add("everything.cfg", test_steps, "tests/config/nets/everything.cfg");
    op_tests_add("soft labels", test_soft_steps, "tests/config/nets/dropout.cfg");
    op_tests_add("fashion_mnist_small.cfg", test_steps, "share/models/fashion_mnist_small.cfg");
    int result = op_tests_run("allocations");
    net_registry_close();
    return result;
}
