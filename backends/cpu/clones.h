/* clones.h: compiles loops for several instruction sets. */
#ifndef BACKENDS_CPU_CLONES_H
#define BACKENDS_CPU_CLONES_H

/* Before a function: compiles it for several instruction sets; the loader selects the best one that
 * the processor supports. Clang 14 accepts the names of levels but never selects them. */
#if defined __x86_64__ && defined __GNUC__ && !defined __clang__
#define CPU_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#elif defined __x86_64__ && defined __clang__
#define CPU_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define CPU_CLONES
#endif

/* For functions that must be inlined into such clones. */
#define CPU_INLINE static inline __attribute__((always_inline))

#endif
