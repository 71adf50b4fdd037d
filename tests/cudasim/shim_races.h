/* shim_races.h: kernels compiled with -fsanitize=thread call these functions before they read or
 * write memory; they ask the stand-in's own detector (races.h), not ThreadSanitizer's. */
#ifndef RN_TESTS_CUDASIM_SHIM_RACES_H
#define RN_TESTS_CUDASIM_SHIM_RACES_H

#define CUDASIM_RACES_OF(how, name, bytes)                                                         \
    extern "C" CUDASIM_UNSEEN void __tsan_##name(void *p)                                          \
    {                                                                                              \
        cudasim_hook->access(p, bytes, how);                                                       \
    }
#define CUDASIM_RACES_OF_SIZE(bytes)                                                               \
    CUDASIM_RACES_OF(CUDASIM_READ, read##bytes, bytes)                                             \
    CUDASIM_RACES_OF(CUDASIM_WRITE, write##bytes, bytes)                                           \
    CUDASIM_RACES_OF(CUDASIM_READ, unaligned_read##bytes, bytes)                                   \
    CUDASIM_RACES_OF(CUDASIM_WRITE, unaligned_write##bytes, bytes)
CUDASIM_RACES_OF_SIZE(1)
CUDASIM_RACES_OF_SIZE(2)
CUDASIM_RACES_OF_SIZE(4)
CUDASIM_RACES_OF_SIZE(8)
CUDASIM_RACES_OF_SIZE(16)

extern "C" CUDASIM_UNSEEN void __tsan_read_range(void *p, unsigned long bytes)
{
    cudasim_hook->access(p, (unsigned)bytes, CUDASIM_READ);
}
extern "C" CUDASIM_UNSEEN void __tsan_write_range(void *p, unsigned long bytes)
{
    cudasim_hook->access(p, (unsigned)bytes, CUDASIM_WRITE);
}
extern "C" void __tsan_init()
{
}

#endif
