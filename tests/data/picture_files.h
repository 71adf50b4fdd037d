/* picture_files.h: files of pictures, read and decoded, for tests of decoding. */
#ifndef RN_TESTS_PICTURE_FILES_H
#define RN_TESTS_PICTURE_FILES_H

#include "data/decode.h"

struct file {
    uint8_t *bytes;
    uint64_t size;
};

/* A file that must be there; the caller frees its bytes. */
struct file read_file(const char *path);

/* The same, of the corpus tests/fuzz/corpus/decode. */
struct file read_corpus(const char *name);

/* A decoder that must be made. */
rn_decoder *make_decoder(int64_t channels, bool exif);

/* Decodes a file whole. */
rn_status decode(rn_decoder *decoder, struct file file, int32_t shrink, rn_picture *picture);

/* Whether a part has all of `wanted`, and there the pixels of the whole picture, within 1. */
bool same_pixels(const rn_picture *part, const rn_picture *whole, rn_window wanted);

#endif
