/* page.c: what the page of a run says about where it comes from. */
#include "train/page.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/sha256.h"
#include "base/status.h"
#include "io/file.h"
#include "report/run_files.h"
#include "report/training_page.h"

/* ---- Hashes ---- */

/* Sets `text` to the hash of a file. */
static rn_status hash_file(const char *folder, const char *name, char text[RN_SHA256_TEXT])
{
    char path[RN_PATH_SIZE];
    uint8_t *data = NULL;
    uint64_t size = 0;
    rn_sha256 hash;
    rn_status status = rn_path_join(path, folder, name);
    if (!status)
        status = rn_file_read(path, &data, &size);
    if (status)
        return status;
    rn_sha256_start(&hash);
    rn_sha256_add(&hash, data, (size_t)size);
    rn_sha256_finish(&hash, text);
    free(data);
    return RN_OK;
}

/* Hashes what is quick to read of a split: for each sample "LABEL NAME", without the folder. */
static void hash_split(rn_sha256 *hash, const rn_dataset *dataset)
{
    size_t length = strlen(dataset->folder);
    for (int64_t i = 0; i < dataset->count; i++) {
        char name[RN_PATH_SIZE], label[16];
        rn_dataset_describe(dataset, i, name, sizeof name);
        const char *rest = strncmp(name, dataset->folder, length) ? name : name + length;
        int n = snprintf(label, sizeof label, "%" PRId32 " ", rn_dataset_label(dataset, i));
        rn_sha256_add(hash, label, (size_t)n);
        rn_sha256_add(hash, rest, strlen(rest) + 1);
    }
}

/* Once a run: a large data set takes a second. */
static const char *hash_data(rn_trainer *trainer)
{
    rn_sha256 hash;
    if (!*trainer->data_hash) {
        rn_sha256_start(&hash);
        hash_split(&hash, trainer->train->dataset);
        hash_split(&hash, trainer->validation->dataset);
        rn_sha256_finish(&hash, trainer->data_hash);
    }
    return trainer->data_hash;
}

/* ---- The page ---- */

static void print_best(const rn_trainer *trainer, const rn_epoch_metrics *row, char *text,
                       size_t size)
{
    const rn_config *config = trainer->session->config;
    rn_best best = trainer->position.best;
    if (rn_trainer_is_whole(trainer))
        rn_best_update(&best, config, row);
    *text = 0;
    if (best.epoch)
        snprintf(text, size, "epoch %" PRId64 ", %s %.6g", best.epoch,
                 rn_config_word(config, "train.best"), best.value);
}

static void print_data(const rn_trainer *trainer, char *text, size_t size)
{
    snprintf(text, size, "%s: %" PRId64 " for training, %" PRId64 " for validation",
             trainer->train->dataset->folder, trainer->train->dataset->count,
             trainer->validation->dataset->count);
}

static void print_now(char *text, size_t size)
{
    struct tm local;
    time_t now = time(NULL);
    *text = 0;
    if (localtime_r(&now, &local))
        strftime(text, size, "%Y-%m-%d %H:%M %Z", &local);
}

static rn_status write_page(rn_trainer *trainer, const rn_evaluation_results *results)
{
    const rn_session *session = trainer->session;
    const rn_config *config = session->config;
    const rn_device_info *device = &session->ranks[0].device->info;
    char path[RN_PATH_SIZE], best[128], data[RN_PATH_SIZE + 64], date[64], weights[RN_SHA256_TEXT];
    rn_training_page page = { .config = config, .results = results };
    page.rows = rn_report_rows(trainer->report, &page.n_rows);
    rn_status status = rn_path_join(path, trainer->folder, RN_TRAINING_FILE);
    if (!status)
        status = hash_file(trainer->folder, RN_MODEL_FILE, weights);
    if (status)
        return status;
    print_best(trainer, &page.rows[page.n_rows - 1], best, sizeof best);
    print_data(trainer, data, sizeof data);
    print_now(date, sizeof date);
    const rn_html_fact facts[] = {
        { "run", trainer->position.run },
        { "network", config->path },
        { "best", best },
        { "data", data },
        { "data SHA-256", hash_data(trainer) },
        { "model SHA-256", weights },
        { "backend", session->label },
        { "device", device->name },
        { "library", device->library },
        { "precision", rn_config_word(config, "backend.precision") },
        { "written", date },
        { "by", "resnet-run " RN_VERSION },
        { NULL, NULL },
    };
    page.facts = facts;
    return rn_training_page_write(path, &page);
}

rn_status rn_page_write(rn_trainer *trainer, const rn_evaluation *validation,
                        const rn_outcomes *outcomes)
{
    rn_evaluation_results results = { .weights = trainer->folder,
                                      .dataset = trainer->validation->dataset,
                                      .loss = validation->loss,
                                      .top1 = validation->top1,
                                      .n_images = validation->n_images,
                                      .images_per_s = validation->images_per_s };
    rn_status status = rn_evaluation_count(&results, outcomes);
    if (!status)
        status = rn_mistakes_find(&results.mistakes, outcomes, trainer->validation, NULL);
    if (!status)
        status = write_page(trainer, &results);
    rn_evaluation_results_clear(&results);
    return status;
}
