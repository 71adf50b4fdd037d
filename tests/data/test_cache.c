/* test_cache.c: pictures from a cache are those of the data set, bit for bit, and a cache is used
 * again where it is of the same samples and transforms. */
#include <archive.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utime.h>

#include "data/caches.h"
#include "data/set_files.h"
#include "io/file.h"

#define CROPPED                                                                                    \
    "({ transform = \"resize\"; size = 24; }, { transform = \"center_crop\"; size = 20; })"
#define RANDOM_BEHIND                                                                              \
    "({ transform = \"resize\"; size = 30; }, { transform = \"random_resized_crop\"; size = 20; "  \
    "}, "                                                                                          \
    "{ transform = \"horizontal_flip\"; }, { transform = \"color_jitter\"; brightness = 0.4; })"

static void test_same_bits(void)
{
    static const char *const lists[] = {
        NULL,
        CROPPED,
        RANDOM_BEHIND,
        "({ transform = \"random_resized_crop\"; size = 20; }, { transform = \"horizontal_flip\"; "
        "})",
        "({ transform = \"resize\"; size = [22, 26]; }, { transform = \"random_crop\"; size = 20; "
        "}, "
        "{ transform = \"trivial_augment\"; })",
        "({ transform = \"resize\"; size = 20; interpolation = \"bicubic\"; }, "
        "{ transform = \"vertical_flip\"; }, { transform = \"center_crop\"; size = 20; }, "
        "{ transform = \"random_erasing\"; probability = 1.0; })",
    };
    static const char *const places[] = { "memory", "bits" };
    caches_write_set();
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        for (int p = 0; p < 2; p++) {
            const caches_params params = { .transforms = lists[i], .cache = places[p] };
            caches_check(&params, true);
        }
}

static void test_options(void)
{
    static const char *const more[] = { "data.exif=true", "data.max_pixels=1500" };
    for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
        const caches_params params = { .more = more[i], .cache = "options" };
        caches_check(&params, true);
        caches_check(&params, false);
    }
    const char *const shrunk[] = {
        "({ transform = \"resize\"; size = [20, 26]; }, { transform = \"random_crop\"; size = 20; "
        "})",
        "({ transform = \"resize\"; size = [21, 27]; }, { transform = \"random_crop\"; size = 20; "
        "})",
    };
    for (int i = 0; i < 2; i++) {
        /* What is resized of a smaller picture depends on the part that is wanted, by 1. */
        const caches_params fast = { .tolerance = 1.001F,
                                     .more = "data.fast_decode=true",
                                     .transforms = shrunk[i],
                                     .cache = "options" };
        caches_check(&fast, true);
    }
    const caches_params grey = { .channels = 1, .transforms = CROPPED, .cache = "options" };
    caches_check(&grey, true);
    const caches_params share = { .more = "data.validation_share=0.5", .cache = "options" };
    caches_check(&share, true);
}

/* The fixed transforms leave nothing to do: a cache of them holds the network's input. */
static void test_holds_the_result(void)
{
    const caches_params params = { .transforms = CROPPED, .cache = "memory" };
    caches_trial trial = caches_open(&params);
    const rn_cache *cache = &trial.source->cache;
    int n_pictures = 0;
    CU_ASSERT_EQUAL_FATAL(trial.status, RN_OK);
    for (uint64_t i = 0; i < cache->header.count; i++) {
        const rn_cache_entry *entry = &cache->entries[i];
        n_pictures += entry->state == RN_CACHE_PICTURE;
        CU_ASSERT(entry->state == RN_CACHE_FAILURE || (entry->height == 20 && entry->width == 20));
    }
    CU_ASSERT_EQUAL(n_pictures, 10);
    caches_close(&trial);
}

static void test_used_again(void)
{
    caches_params params = { .transforms = RANDOM_BEHIND, .cache = "again" };
    caches_check(&params, true);
    caches_check(&params, false);
    /* Fewer samples, and other random transforms, take the same pictures. */
    params.limit = 5;
    caches_check(&params, false);
    params.limit = 0;
    params.transforms =
        "({ transform = \"resize\"; size = 30; }, { transform = \"random_crop\"; size = 20; })";
    caches_check(&params, false);
}

static void test_made_anew(void)
{
    char path[CHECK_PATH_MAX];
    caches_params params = { .transforms = CROPPED, .cache = "anew", .limit = 6 };
    caches_check(&params, true);
    params.limit = 0;
    caches_check(&params, true);
    params.transforms = "({ transform = \"resize\"; size = [24, 24]; }, "
                        "{ transform = \"center_crop\"; size = 20; })";
    caches_check(&params, true);
    params.more = "data.exif=true";
    caches_check(&params, true);
    /* A file is touched; another one is new; one becomes a picture. */
    const struct utimbuf date = { 1000000, 1000000 };
    CU_ASSERT_EQUAL(utime(check_scratch(path, "set/train/odd/cmyk.jpg"), &date), 0);
    caches_check(&params, true);
    caches_check(&params, false);
    set_files_text("set/train/even/new.jpg", "");
    caches_check(&params, true);
    caches_write_set();
    CU_ASSERT_EQUAL(unlink(check_scratch(path, "set/train/even/new.jpg")), 0);
    caches_check(&params, true);
}

/* Labels are those of the data set. */
static void test_labels(void)
{
    const caches_params params = { .kind = "list", .cache = "labels" };
    set_files_text("set/train.txt", "train/even/411.jpg\tx\ntrain/odd/grey.jpg\ty\n"
                                    "train/odd/444.jpg\tx\n");
    caches_check(&params, true);
    set_files_text("set/train.txt", "train/even/411.jpg\ty\ntrain/odd/grey.jpg\tx\n"
                                    "train/odd/444.jpg\tz\n");
    caches_check(&params, false);
}

/* Shards are read by index, in the order of the stream. */
static void test_shards(void)
{
    static const char *const files[] = { "411.jpg", "grey.jpg", "rgb.png", "444.jpg", "cmyk.jpg" };
    char path[CHECK_PATH_MAX], name[64];
    for (int s = 0; s < 3; s++) {
        snprintf(name, sizeof name, "shards/train-%d.tar", s);
        struct archive *shard = set_files_shard(name);
        for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
            uint8_t *data = NULL;
            uint64_t size = 0;
            snprintf(name, sizeof name, "tests/fuzz/corpus/decode/%s", files[i]);
            CU_ASSERT_EQUAL_FATAL(rn_file_read(check_source(path, name), &data, &size), RN_OK);
            snprintf(name, sizeof name, "%d%d.%s", s, (int)i, strchr(files[i], '.') + 1);
            set_files_add(shard, name, data, i == 2 && s == 1 ? 20 : (size_t)size);
            snprintf(name, sizeof name, "%d%d.cls", s, (int)i);
            set_files_add(shard, name, i % 2 ? "1" : "0", 1);
            free(data);
        }
        archive_write_free(shard);
    }
    const caches_params params = { .kind = "tar",
                                   .path = "shards",
                                   .train = "train-{0..2}.tar",
                                   .transforms = RANDOM_BEHIND,
                                   .cache = "shards.cache",
                                   .more = "data.shuffle_buffer=4" };
    caches_check(&params, true);
    caches_check(&params, false);
    const struct utimbuf date = { 1000000, 1000000 };
    CU_ASSERT_EQUAL(utime(check_scratch(path, "shards/train-1.tar"), &date), 0);
    caches_check(&params, true);
}

/* Copies an array of five samples to "arrays/train/NAME.npy". */
static void take_array(const char *array, const char *name)
{
    char path[CHECK_PATH_MAX], text[128];
    uint8_t *data = NULL;
    uint64_t size = 0;
    snprintf(text, sizeof text, "tests/data/sets/npy/%s.npy", array);
    CU_ASSERT_EQUAL_FATAL(rn_file_read(check_source(path, text), &data, &size), RN_OK);
    snprintf(text, sizeof text, "arrays/train/%s.npy", name);
    set_files_write(text, data, (size_t)size);
    free(data);
}

static void test_stored_pixels(void)
{
    static const uint8_t images[16 + 5 * 4] = { 0, 0, 8, 3, 0, 0, 0, 5, 0, 0,  0,  2,
                                                0, 0, 0, 2, 9, 8, 7, 6, 5, 99, 77, 1 };
    static const uint8_t labels[] = { 0, 0, 8, 1, 0, 0, 0, 5, 3, 0, 1, 9, 2 };
    char path[CHECK_PATH_MAX];
    take_array("u8_3", "images");
    take_array("labels_u1", "labels");
    const caches_params arrays = { .kind = "tensors", .path = "arrays", .cache = "arrays.cache" };
    caches_check(&arrays, true);
    caches_check(&arrays, false);
    set_files_write("idx/x-images-idx3", images, sizeof images);
    set_files_write("idx/x-labels-idx1", labels, sizeof labels);
    const caches_params idx = {
        .kind = "idx", .path = "idx", .train = "x-images-idx3", .cache = "idx.cache", .channels = 1
    };
    caches_check(&idx, true);
    const struct utimbuf date = { 1000000, 1000000 };
    CU_ASSERT_EQUAL(utime(check_scratch(path, "idx/x-images-idx3"), &date), 0);
    caches_check(&idx, true);
}

static void test_floats(void)
{
    take_array("f4", "images");
    const caches_params params = {
        .kind = "tensors", .path = "arrays", .cache = "floats", .channels = 1
    };
    caches_trial trial = caches_open(&params);
    CU_ASSERT(check_failed(trial.status, RN_E_CONFIG, "set data.cache = \"none\""));
    caches_close(&trial);
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "a cache changes no bit", test_same_bits },
        { "nor with other options", test_options },
        { "the fixed transforms are done", test_holds_the_result },
        { "a cache is used again", test_used_again },
        { "what has changed is made anew", test_made_anew },
        { "labels stay with the data set", test_labels },
        { "shards are read by index", test_shards },
        { "data sets of stored pixels", test_stored_pixels },
        { "floats are refused", test_floats },
        CU_TEST_INFO_NULL,
    };
    return check_run("cache", tests);
}
