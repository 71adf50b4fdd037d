/* launch.h: a device kernel with its arguments and grid. Declared once for all backends on GPUs;
 * each backend defines it in its runtime/. */
#ifndef BACKENDS_GPU_LAUNCH_H
#define BACKENDS_GPU_LAUNCH_H

#include <resnet/plugin.h>
#include <stddef.h>

/* A program: the prelude, then these texts, compiled with the options. */
enum { GPU_MAX_TEXTS = 7 };
typedef struct gpu_code {
    const char *texts[GPU_MAX_TEXTS];
    char options[512]; /* "-DKERNEL_H=3 -DKERNEL_W=3"; the backend adds more */
} gpu_code;

/* The text of the kernel file <name>, embedded by the build (embed.sh). */
#define GPU_TEXT(name) gpu_text_##name

enum { GPU_MAX_LAUNCHES = 16 }; /* of one operator */

/* The backend completes the type. The arguments of a kernel are its operands, then those that
 * gpu_arg_... append. */
typedef struct gpu_launch gpu_launch;

/* Appends a launch of `function`, which takes n_operands operands, to the kernel. `launch` is valid
 * as long as the kernel. The caller must set the grid. */
rn_status gpu_launch_add(rn_kernel *kernel, const gpu_code *code, const char *function,
                         int32_t n_operands, gpu_launch **launch);

/* The same of a text of a plugin, without prelude and macros of ours. `wrapper`, which may be "",
 * follows it and is copied. */
typedef struct gpu_bare_code {
    const char *text, *wrapper;
} gpu_bare_code;
rn_status gpu_launch_add_bare(rn_kernel *kernel, const gpu_bare_code *code, const char *function,
                              int32_t n_operands, gpu_launch **launch);

/* For gpu_launch_add: makes room for another launch of launch_bytes bytes. */
rn_status gpu_launches_reserve(rn_kernel *kernel, size_t launch_bytes);

/* An invalid argument is recorded; gpu_launches_check then refuses the kernel. */
void gpu_arg_int(gpu_launch *launch, int64_t value);  /* 32 bits */
void gpu_arg_long(gpu_launch *launch, int64_t value); /* 64 bits */
void gpu_arg_float(gpu_launch *launch, double value);
void gpu_arg_bytes(gpu_launch *launch, const void *value, size_t bytes); /* a structure */

/* Replaces the last argument, by one of equal size, for launches enqueued from now on. */
void gpu_arg_last(gpu_launch *launch, const void *value, size_t bytes);

/* At least `items` items in groups of the usual size, which kernels know as GROUP. */
void gpu_grid_items(gpu_launch *launch, int64_t items);
/* Exactly x * y * z groups of the usual size. */
void gpu_grid_groups(gpu_launch *launch, int64_t x, int64_t y, int64_t z);

/* Launch i of the kernel, in the order in which they were added. */
gpu_launch *gpu_launch_at(rn_kernel *kernel, int32_t i);

/* Enqueues. `operands` are the launch's; an absent one has a NULL buffer. */
rn_status gpu_launch_run(rn_context *context, gpu_launch *launch, const rn_operand *operands);

/* Refuses a kernel whose launches cannot be enqueued: invalid arguments, or groups or grids that
 * the device cannot run. */
rn_status gpu_launches_check(const rn_kernel *kernel);
void gpu_launches_free(rn_kernel *kernel);

/* The part of the workspace that begins at offset `bytes`, a multiple of 64. */
static inline rn_operand gpu_part(rn_operand workspace, uint64_t bytes)
{
    workspace.offset_bytes += bytes;
    return workspace;
}

/* Bytes of `count` floats in the workspace, rounded up so that another part may follow. */
uint64_t gpu_float_bytes(int64_t count);

#endif
