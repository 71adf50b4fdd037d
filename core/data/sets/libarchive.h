/* libarchive.h: libarchive, loaded when the first shard is opened: it brings a dozen libraries with
 * it, which other runs need not load. */
#ifndef RN_CORE_DATA_SETS_LIBARCHIVE_H
#define RN_CORE_DATA_SETS_LIBARCHIVE_H

#include <archive.h>
#include <archive_entry.h>
#include <resnet/status.h>

/* The functions that are used. */
#define RN_LIBARCHIVE_FUNCTIONS(FUNCTION)                                                          \
    FUNCTION(archive_entry_filetype)                                                               \
    FUNCTION(archive_entry_pathname)                                                               \
    FUNCTION(archive_entry_pathname_utf8)                                                          \
    FUNCTION(archive_entry_size)                                                                   \
    FUNCTION(archive_error_string)                                                                 \
    FUNCTION(archive_read_data)                                                                    \
    FUNCTION(archive_read_free)                                                                    \
    FUNCTION(archive_read_header_position)                                                         \
    FUNCTION(archive_read_new)                                                                     \
    FUNCTION(archive_read_next_header)                                                             \
    FUNCTION(archive_read_open_filename)                                                           \
    FUNCTION(archive_read_support_filter_bzip2)                                                    \
    FUNCTION(archive_read_support_filter_gzip)                                                     \
    FUNCTION(archive_read_support_filter_xz)                                                       \
    FUNCTION(archive_read_support_filter_zstd)                                                     \
    FUNCTION(archive_read_support_format_tar)

#define RN_LIBARCHIVE_POINTER(name) __typeof__(name) *name;
typedef struct rn_libarchive {
    RN_LIBARCHIVE_FUNCTIONS(RN_LIBARCHIVE_POINTER)
} rn_libarchive;

/* Loads the library; it stays loaded. [any] RN_E_DATA names what is missing. */
rn_status rn_libarchive_load(const rn_libarchive **out);

#endif
