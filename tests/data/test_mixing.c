/* test_mixing.c: mixup and cutmix, compared with torchvision's result and with plain loops. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/pipelines.h"
#include "data/transforms/mixing.h"
#include "io/safetensors.h"
#include "support/check.h"

enum { COUNT = 5, CHANNELS = 3, HEIGHT = 20, WIDTH = 31, N_CLASSES = 7 };
enum { PLANE = HEIGHT * WIDTH, SIZE = CHANNELS * PLANE };

static const rn_batch_shape shape = { COUNT, CHANNELS, HEIGHT, WIDTH, N_CLASSES };

/* A batch whose values all differ, and one-hot targets. */
typedef struct batch {
    float images[COUNT * SIZE], targets[COUNT * N_CLASSES];
} batch;

static batch before, after;

static void fill(batch *b)
{
    memset(b, 0, sizeof *b);
    for (int i = 0; i < COUNT * SIZE; i++)
        b->images[i] = (float)(i + 1);
    for (int i = 0; i < COUNT; i++)
        b->targets[i * N_CLASSES + (i * 3) % N_CLASSES] = 1;
}

/* Mixes the batch of that number, from `before` to `after`. */
static void run(const rn_transform_kind *kind, const rn_setting *settings, int count,
                int64_t number)
{
    rn_mixing state;
    rn_attrs *attrs = NULL;
    CU_ASSERT_EQUAL_FATAL(kind->state_size, sizeof state);
    CU_ASSERT_EQUAL_FATAL(rn_attrs_from_settings(kind->attrs, kind->n_attrs, settings, count,
                                                 kind->name, &attrs),
                          RN_OK);
    CU_ASSERT_EQUAL(kind->init(&state, attrs, NULL), RN_OK);
    rn_attrs_destroy(attrs);
    fill(&before);
    after = before;
    kind->mix(&state, (rn_draw){ .seed = 3, .sample = number }, &shape, after.images,
              after.targets);
}

/* What is left of item 1's own target: no neighbour has the same class. */
static double own_share(void)
{
    return after.targets[N_CLASSES + 3];
}

static void test_torchvision(void)
{
    char path[CHECK_PATH_MAX];
    rn_safetensors *golden = NULL;
    if (!check_golden(path, "images/transforms/mixup.safetensors"))
        return;
    CU_ASSERT_EQUAL_FATAL(rn_safetensors_read(path, &golden), RN_OK);
    const rn_named_tensor *a = rn_safetensors_find(golden, "a");
    const float *b = rn_safetensors_find(golden, "b")->data;
    const float *y = rn_safetensors_find(golden, "y")->data;
    int64_t size = a->shape[0] * a->shape[1] * a->shape[2];
    size_t bytes = (size_t)size * sizeof(float);
    float *pair = malloc(2 * bytes), most = 0;
    memcpy(pair, a->data, bytes);
    memcpy(pair + size, b, bytes);
    rn_mix_items(pair, 2, size, size, 0.37);
    for (int64_t i = 0; i < size; i++)
        most = fmaxf(most, fabsf(pair[i] - y[i]));
    CU_ASSERT(most <= 1e-6f);
    free(pair);
    rn_safetensors_destroy(golden);
}

static void check_targets(double share)
{
    for (int i = 0; i < COUNT; i++)
        for (int k = 0; k < N_CLASSES; k++) {
            double own = before.targets[i * N_CLASSES + k];
            double other = before.targets[(i + COUNT - 1) % COUNT * N_CLASSES + k];
            CU_ASSERT_DOUBLE_EQUAL(after.targets[i * N_CLASSES + k],
                                   share * own + (1 - share) * other, 1e-6);
        }
}

static void test_mixup(void)
{
    const rn_setting alpha = rn_set_float("alpha", 1);
    for (int64_t number = 0; number < 20; number++) {
        run(&rn_transform_mixup, &alpha, 1, number);
        double share = own_share();
        check_targets(share);
        for (int i = 0; i < COUNT * SIZE; i++) {
            double own = before.images[i];
            double other = before.images[(i + (COUNT - 1) * SIZE) % (COUNT * SIZE)];
            CU_ASSERT_DOUBLE_EQUAL(after.images[i], share * own + (1 - share) * other, 0.01);
        }
    }
}

/* Shares have the mean and variance of Beta(alpha, alpha), and batches the probability. */
static void test_mixup_draws(void)
{
    const double alphas[] = { 0.2, 1, 4 };
    for (int k = 0; k < 3; k++) {
        const rn_setting settings[] = { rn_set_float("alpha", alphas[k]),
                                        rn_set_float("probability", 0.75) };
        double sum = 0, squares = 0;
        int n = 0;
        for (int64_t number = 0; number < 2000; number++) {
            run(&rn_transform_mixup, settings, 2, number);
            if (memcmp(before.images, after.images, sizeof before.images) == 0)
                continue;
            sum += own_share();
            squares += (own_share() - 0.5) * (own_share() - 0.5);
            n++;
        }
        CU_ASSERT_DOUBLE_EQUAL(n / 2000.0, 0.75, 0.05);
        CU_ASSERT_DOUBLE_EQUAL(sum / n, 0.5, 0.05);
        CU_ASSERT_DOUBLE_EQUAL(squares / n * (4 * (2 * alphas[k] + 1)), 1, 0.12);
    }
}

/* Item 0 of `after` consists of its own pixels and, in one box, those of the last item, in every
 * channel; the other items likewise. */
static int64_t check_boxes(void)
{
    int top = HEIGHT, left = WIDTH, bottom = 0, right = 0;
    for (int i = 0; i < PLANE; i++)
        if (after.images[i] != before.images[i]) {
            int y = i / WIDTH, x = i % WIDTH;
            top = y < top ? y : top;
            left = x < left ? x : left;
            bottom = y + 1 > bottom ? y + 1 : bottom;
            right = x + 1 > right ? x + 1 : right;
        }
    for (int i = 0; i < COUNT * SIZE; i++) {
        int y = i % PLANE / WIDTH, x = i % WIDTH;
        bool is_inside = y >= top && y < bottom && x >= left && x < right;
        int from = is_inside ? (i + (COUNT - 1) * SIZE) % (COUNT * SIZE) : i;
        if (after.images[i] != before.images[from])
            return -1;
    }
    return bottom > top ? (int64_t)(bottom - top) * (right - left) : 0;
}

static void test_cutmix(void)
{
    int n_full = 0;
    for (int64_t number = 0; number < 500; number++) {
        run(&rn_transform_cutmix, NULL, 0, number);
        int64_t area = check_boxes();
        CU_ASSERT(area >= 0);
        check_targets(1 - (double)area / PLANE);
        n_full += area > PLANE / 2;
    }
    CU_ASSERT(n_full > 25 && n_full < 250);
}

/* The mean of what a box's side keeps within the picture, over all places of its middle. */
static double mean_length(int side, double share)
{
    int half = (int)(0.5 * share * side), sum = 0;
    for (int middle = 0; middle < side; middle++) {
        int first = middle - half < 0 ? 0 : middle - half;
        sum += (middle + half > side ? side : middle + half) - first;
    }
    return (double)sum / side;
}

/* Beta(1, 1), the default, is uniform. */
static void test_cutmix_area(void)
{
    double expected = 0, sum = 0;
    for (int i = 0; i < 10000; i++) {
        double share = sqrt((i + 0.5) / 10000);
        expected += mean_length(HEIGHT, share) * mean_length(WIDTH, share) / PLANE / 10000;
    }
    for (int64_t number = 0; number < 3000; number++) {
        run(&rn_transform_cutmix, NULL, 0, number);
        sum += 1 - own_share();
    }
    CU_ASSERT_DOUBLE_EQUAL(sum / 3000, expected, 0.02);
}

static void test_cutmix_probability(void)
{
    const rn_setting never = rn_set_float("probability", 0);
    run(&rn_transform_cutmix, &never, 1, 0);
    CU_ASSERT_EQUAL(memcmp(&before, &after, sizeof before), 0);
}

/* A list with both gives each batch one of them, about as often. cutmix leaves whole pixels. */
static void test_choice(void)
{
    enum { N_BATCHES = 400, SIDE = 8 };
    rn_pipeline *pipeline = pipelines_make("( { transform = \"mixup\"; alpha = 1.0; }, "
                                           "{ transform = \"cutmix\"; } )",
                                           (rn_size){ SIDE, SIDE }, 1);
    const int32_t labels[2] = { 0, 1 };
    int n_cut = 0;
    CU_ASSERT(rn_pipeline_mixes(pipeline));
    for (int n = 0; n < N_BATCHES; n++) {
        float images[2 * SIDE * SIDE] = { 0 }, targets[4];
        const rn_draw draw = { .seed = 5, .sample = n };
        bool is_cut = true;
        for (int i = 0; i < SIDE * SIDE; i++)
            images[SIDE * SIDE + i] = 1;
        rn_pipeline_mix(pipeline, &draw, images, labels, 2, 2, targets);
        for (int i = 0; i < 2 * SIDE * SIDE; i++)
            is_cut = is_cut && (images[i] == 0 || images[i] == 1);
        n_cut += is_cut;
        CU_ASSERT_DOUBLE_EQUAL(targets[0] + targets[1], 1, 1e-6);
    }
    CU_ASSERT(n_cut > N_BATCHES * 2 / 5 && n_cut < N_BATCHES * 3 / 5); /* 4 deviations */
    rn_pipeline_destroy(pipeline);
}

int main(void)
{
    const CU_TestInfo tests[] = {
        { "mixup equal to torchvision", test_torchvision },
        { "mixup equal to a loop", test_mixup },
        { "mixup's draws", test_mixup_draws },
        { "cutmix equal to a loop", test_cutmix },
        { "cutmix's areas", test_cutmix_area },
        { "cutmix never", test_cutmix_probability },
        { "one of both", test_choice },
        CU_TEST_INFO_NULL,
    };
    return check_run("mixing", tests);
}
