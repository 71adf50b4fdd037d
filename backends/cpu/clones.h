/* clones.h: how a loop is compiled for several instruction sets. */
#ifndef BACKENDS_CPU_CLONES_H
#define BACKENDS_CPU_CLONES_H

/* Before a function: its loops are compiled for several instruction sets, and the loader takes the
 * best that the processor has. Clang 14 accepts the names of levels but never chooses them. */
#if defined __x86_64__ && defined __GNUC__ && !defined __clang__
#define CPU_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#elif defined __x86_64__ && defined __clang__
#define CPU_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define CPU_CLONES
#endif

/* For functions that must become part of such a clone. */
#define CPU_INLINE static inline __attribute__((always_inline))

#endif
