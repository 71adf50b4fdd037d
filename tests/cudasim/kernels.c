/* kernels.c: loads programs that the stand-in for NVRTC compiled for the host, and runs their
 * kernels, one block after another in an order that differs from launch to launch. */
#include "kernels.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fibers.h"
#include "machine.h"
#include "races.h"

#define DYNAMIC_BYTES (size_t)(256 << 10) /* more than any device has */
#define GUARD_BYTES (size_t)4096
#define GARBAGE 0xff /* NaNs */

static const int FAULTS[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP };
#define N_FAULTS (sizeof FAULTS / sizeof *FAULTS)

/* Handlers to restore after the current launch. */
static struct sigaction previous[N_FAULTS];

/* ---- libraries ---- */

static bool runs_here(const cudasim_cubin *cubin)
{
    int device = cudasim_arch(), arch = cubin->arch;
    if (cubin->is_ptx)
        return arch <= device;
    return arch / 10 == device / 10 && arch % 10 <= device % 10;
}

void *cudasim_library_open(const void *image, cudaError_t *error)
{
    char path[] = "/tmp/cudasim-XXXXXX";
    const cudasim_cubin *cubin = image;
    *error = cudaErrorInvalidKernelImage;
    if (!image || memcmp(cubin->magic, CUDASIM_CUBIN_MAGIC, sizeof CUDASIM_CUBIN_MAGIC))
        return NULL;
    if (!runs_here(cubin)) {
        *error = cudaErrorNoKernelImageForDevice;
        return NULL;
    }
    int file = mkstemp(path);
    if (file < 0)
        return NULL;
    ssize_t written = write(file, cubin + 1, cubin->bytes);
    close(file);
    void *library = NULL;
    if (written == (ssize_t)cubin->bytes)
        library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library)
        *error = cudaSuccess;
    unlink(path);
    return library;
}

/* A kernel is an entry of its program's table. */
cudasim_kernel *cudasim_kernel_find(void *library_handle, const char *name)
{
    const cudasim_module *module = dlsym(library_handle, CUDASIM_MODULE_SYMBOL);
    if (!module)
        return NULL;
    *module->hooks = &FIBERS_HOOKS;
    for (int i = 0; i < module->n_entries; i++)
        if (strcmp(module->entries[i].name, name) == 0)
            return (cudasim_kernel *)&module->entries[i];
    return NULL;
}

void cudasim_kernel_args(const cudasim_kernel *kernel, cudasim_parameters *parameters)
{
    const cudasim_entry *entry = (const cudasim_entry *)kernel;
    const cudasim_module *module = entry->module;
    *parameters = (cudasim_parameters){ .n = entry->n_args, .max_threads = entry->max_threads };
    parameters->registers = entry->registers;
    parameters->shared_bytes = (size_t)(module->shared_end - module->shared_begin);
    for (int i = 0; i < entry->n_args && i < CUDASIM_PARAMETERS; i++) {
        parameters->bytes[i] = entry->bytes[i];
        parameters->is_pointer[i] = entry->is_pointer[i];
    }
}

/* ---- faults ---- */

static void on_fault(int signal, siginfo_t *about, void *context)
{
    (void)context;
    fibers_fault(signal, about->si_addr);
    /* Not from a kernel: with the previous handlers restored, the instruction runs and faults
     * again. */
    for (size_t i = 0; i < N_FAULTS; i++)
        if (FAULTS[i] == signal)
            sigaction(signal, &previous[i], NULL);
}

static void catch_faults(stack_t *old_stack)
{
    static char stack[64 << 10];
    struct sigaction action = { .sa_flags = SA_ONSTACK | SA_NODEFER | SA_SIGINFO };
    action.sa_sigaction = on_fault;
    sigemptyset(&action.sa_mask);
    sigaltstack(&(stack_t){ .ss_sp = stack, .ss_size = sizeof stack }, old_stack);
    for (size_t i = 0; i < N_FAULTS; i++)
        sigaction(FAULTS[i], &action, &previous[i]);
}

static void release_faults(const stack_t *old_stack)
{
    for (size_t i = 0; i < N_FAULTS; i++)
        sigaction(FAULTS[i], &previous[i], NULL);
    sigaltstack(old_stack, NULL);
}

/* ---- launches ---- */

/* The end of the memory for `extern __shared__` arrays; a guard page follows. */
static char *dynamic_end(void)
{
    static char *end;
    if (end)
        return end;
    char *begin = mmap(NULL, DYNAMIC_BYTES + GUARD_BYTES, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (begin == MAP_FAILED || mprotect(begin + DYNAMIC_BYTES, GUARD_BYTES, PROT_NONE))
        return NULL;
    return end = begin + DYNAMIC_BYTES;
}

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
    return b ? common_divisor(b, a % b) : a;
}

/* A step of about 0.6 of the grid, coprime to it, so that consecutive blocks are not neighbours. */
static uint64_t step_of(uint64_t n)
{
    uint64_t step = n * 618 / 1000 + 1;
    while (common_divisor(step, n) != 1)
        step++;
    return step;
}

static void blame_block(const cudasim_entry *entry, fibers_end end)
{
    const cudasim_dim *at = entry->module->block;
    cudasim_blame(entry->name, "block (%u, %u, %u): %s", at->x, at->y, at->z, fibers_why());
    cudasim_late_error(end == FIBERS_FAULT ? cudaErrorIllegalAddress : cudaErrorLaunchFailure);
}

static void fill_garbage(char *begin, size_t bytes)
{
    if (bytes)
        memset(begin, GARBAGE, bytes);
}

static fibers_end run_blocks(const fibers_launch *launch, dim3 grid, size_t shared_bytes)
{
    const cudasim_module *module = launch->module;
    uint64_t n = (uint64_t)grid.x * grid.y * grid.z, step = step_of(n);
    uint64_t at = launch->seed * 7919 % n;
    fibers_end end = FIBERS_DONE;
    for (uint64_t i = 0; i < n && end == FIBERS_DONE; i++) {
        *module->block = (cudasim_dim){ (unsigned)(at % grid.x), (unsigned)(at / grid.x % grid.y),
                                        (unsigned)(at / grid.x / grid.y) };
        fill_garbage(module->shared_begin, (size_t)(module->shared_end - module->shared_begin));
        fill_garbage(*module->dynamic, shared_bytes);
        races_block_begin(at, module->shared_begin,
                          (unsigned long)(module->shared_end - module->shared_begin),
                          *module->dynamic, shared_bytes);
        end = fibers_run_block();
        at = (at + step) % n;
    }
    return end;
}

void cudasim_kernel_run(cudasim_kernel *kernel, dim3 grid, dim3 block, size_t shared_bytes,
                        void **args)
{
    static uint64_t n_launches;
    const cudasim_entry *entry = (const cudasim_entry *)kernel;
    const cudasim_module *module = entry->module;
    fibers_launch launch = { module, entry, args, n_launches++ };
    stack_t old_stack;
    char *dynamic = dynamic_end();
    *module->block_dim = (cudasim_dim){ block.x, block.y, block.z };
    *module->grid_dim = (cudasim_dim){ grid.x, grid.y, grid.z };
    if (!dynamic || shared_bytes > DYNAMIC_BYTES || !fibers_prepare(&launch, *module->block_dim)) {
        cudasim_late_error(cudaErrorMemoryAllocation);
        return;
    }
    *module->dynamic = dynamic - (shared_bytes + 15) / 16 * 16;
    races_launch_begin(entry, args);
    catch_faults(&old_stack);
    fibers_end end = run_blocks(&launch, grid, shared_bytes);
    release_faults(&old_stack);
    if (end != FIBERS_DONE)
        blame_block(entry, end);
}
