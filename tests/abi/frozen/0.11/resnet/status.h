/* status.h: the status that every call of the ABI returns, and the exit status of each. */
#ifndef RESNET_STATUS_H
#define RESNET_STATUS_H

#include <stdint.h>

/* X(name, value, exit status, meaning). Values are never renumbered; new ones are appended. */
/* clang-format off */
#define RN_STATUS_LIST(X)                                                                          \
    X(RN_OK, 0, 0, "done")                                                                         \
    X(RN_E_MISMATCH, 1, 1, "a comparison or an accuracy is outside its limit")                     \
    X(RN_E_USAGE, 2, 2, "the command line is wrong")                                               \
    X(RN_E_CONFIG, 3, 2, "the configuration is wrong")                                             \
    X(RN_E_SHAPE, 4, 2, "tensor shapes do not fit together")                                       \
    X(RN_E_PLUGIN, 5, 3, "a plugin cannot be found, is refused, or broke a rule")                  \
    X(RN_E_UNSUPPORTED, 6, 3, "the backend does not offer what was asked for")                     \
    X(RN_E_DEVICE, 7, 3, "the device is absent, lost, or computes wrongly")                        \
    X(RN_E_DATA, 8, 4, "a data set, an image or a weights file is missing or invalid")             \
    X(RN_E_IO, 9, 4, "a file cannot be read or written")                                           \
    X(RN_E_DIVERGED, 10, 5, "the loss is not finite")                                              \
    X(RN_E_NOMEM, 11, 6, "not enough memory")                                                      \
    X(RN_E_INTERRUPTED, 12, 130, "interrupted after a checkpoint was written")
/* clang-format on */

/* One of the values above. Any other value is a failure, too. */
typedef int32_t rn_status;

/* Lets the compiler check printf arguments. */
#ifdef __GNUC__
#define RN_PRINTF(format_index, first_index)                                                       \
    __attribute__((format(printf, format_index, first_index)))
#else
#define RN_PRINTF(format_index, first_index)
#endif

/* 1 if the structure that `pointer` points to reaches to the end of the slot: how a plugin finds
 * out whether the core has a slot that was added later. */
#define RN_HAS(pointer, slot)                                                                      \
    ((uint64_t)((const char *)(&(pointer)->slot + 1) - (const char *)(pointer)) <= (pointer)->size)

#define RN_STATUS_ENUM(name, value, exit_status, meaning) name = value,
enum rn_status_code { RN_STATUS_LIST(RN_STATUS_ENUM) };
#undef RN_STATUS_ENUM

#endif
