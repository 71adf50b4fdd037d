/* module.h: the interface between a program compiled for the host and the code that runs its
 * kernels. Read by C and, from shim.h, by C++; it includes nothing. */
#ifndef RN_TESTS_CUDASIM_MODULE_H
#define RN_TESTS_CUDASIM_MODULE_H

typedef struct cudasim_dim {
    unsigned x, y, z;
} cudasim_dim;

/* What the lanes of a warp do together. */
typedef enum cudasim_exchange {
    CUDASIM_SYNC_WARP,
    CUDASIM_SHUFFLE,
    CUDASIM_SHUFFLE_UP,
    CUDASIM_SHUFFLE_DOWN,
    CUDASIM_SHUFFLE_XOR,
    CUDASIM_BALLOT
} cudasim_exchange;

/* How a thread uses memory. */
typedef enum cudasim_access { CUDASIM_READ, CUDASIM_WRITE, CUDASIM_ATOMIC } cudasim_access;

/* What a kernel calls. `line` identifies the call in the source. */
typedef struct cudasim_hooks {
    void (*barrier)(int line);
    unsigned long long (*exchange)(int line, cudasim_exchange what, unsigned mask,
                                   unsigned long long value, int operand, int width);
    /* Only where races are looked for: before each use of memory. */
    void (*access)(const void *address, unsigned bytes, cudasim_access how);
} cudasim_hooks;

typedef struct cudasim_entry {
    const struct cudasim_module *module;
    const char *name;
    void (*call)(void **args); /* runs one thread */
    const unsigned long *bytes;
    const bool *is_pointer;
    int n_args;
    int max_threads;
    int registers; /* of a thread, by NVIDIA's compiler; 32 where that is not installed */
} cudasim_entry;

typedef struct cudasim_module {
    cudasim_dim *thread, *block, *block_dim, *grid_dim; /* the built-in variables */
    const cudasim_hooks **hooks;
    void **dynamic;                  /* the `extern __shared__` array */
    char *shared_begin, *shared_end; /* the other __shared__ variables */
    const cudasim_entry *entries;
    int n_entries;
} cudasim_module;

/* The only symbol that is looked up. */
#define CUDASIM_MODULE_SYMBOL "cudasim_module_table"

#endif
