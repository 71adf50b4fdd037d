/* config_keys.c: every key of a cfg: type, default, range, unit, help, and where its value goes. */
#include "config/config_keys.h"

#include <string.h>

#define ROW(kind, name, default_text, min, max, unit, choices, help)                               \
    {                                                                                              \
        sizeof(rn_config_key), RN_ATTR_##kind, name, default_text, min, max, unit, choices, help   \
    }

/* Where a value goes; does not compile if the field's type is not that of the key's values. */
#define TYPE_INT int64_t
#define TYPE_FLOAT double
#define TYPE_BOOL bool
#define TYPE_STRING const char *
#define OFFSET(type, field, element)                                                               \
    _Generic(((rn_config *)0)->element, type : offsetof(rn_config, field))

#define KEY(kind, name, default_text, min, max, unit, choices, help, field)                        \
    {                                                                                              \
        .attr = ROW(kind, name, default_text, min, max, unit, choices, help),                      \
        .offset = OFFSET(TYPE_##kind, field, field)                                                \
    }

/* A choice among the words of a list of words.h. */
#define CHOICE(name, default_text, WORDS, help, field)                                             \
    {                                                                                              \
        .attr = ROW(CHOICE, name, default_text, 0, 0, "", WORDS(RN_WORD_CHOICE), help),            \
        .offset = OFFSET(int32_t, field, field), .words = (const rn_word[])                        \
        {                                                                                          \
            WORDS(RN_WORD_ROW)                                                                     \
            {                                                                                      \
                0                                                                                  \
            }                                                                                      \
        }                                                                                          \
    }

#define ARRAY(kind, name, default_text, min, max, unit, help, field, count_field)                  \
    {                                                                                              \
        .attr = ROW(kind, name, default_text, min, max, unit, NULL, help),                         \
        .offset = OFFSET(TYPE_##kind, field, field[0]),                                            \
        .count_offset = OFFSET(int64_t, count_field, count_field),                                 \
        .capacity = sizeof(((rn_config *)0)->field) / 8                                            \
    }

static const rn_config_key top_keys[] = {
    KEY(STRING, "name", "", 0, 0, "", NULL,
        "title of the run and name of its output folder; default: the file's name", name),
};

static const rn_config_key run_keys[] = {
    CHOICE("action", "train", RN_ACTION_WORDS, "what to do if the command line has no verb",
           run.action),
    KEY(STRING, "output", "", 0, 0, "", NULL, "folder for results; default: runs/NAME", run.output),
    KEY(INT, "seed", "0", 0, 4294967295.0, "", NULL,
        "seed of the initial weights, the order of images and dropout", run.seed),
    KEY(INT, "threads", "0", 0, 1024, "threads", NULL,
        "threads on processors; 0: one for each core that the process may use", run.threads),
    KEY(FLOAT, "deadline", "120", 0.1, 1e6, "s", NULL,
        "where several processes work together: how long one may be silent, or the others may wait "
        "for it, before all end",
        run.deadline),
};

static const rn_config_key backend_keys[] = {
    KEY(STRING, "name", "cpu_blas", 0, 0, "", NULL, "the backend plugin", backend.name),
    KEY(STRING, "device", "", 0, 0, "", NULL,
        "one of the backend's devices, or several by their numbers, such as \"0,1\"; default: the "
        "first",
        backend.device),
    CHOICE("precision", "fp32", RN_PRECISION_WORDS,
           "precision of the computation; a backend that lacks it refuses", backend.precision),
    CHOICE("convolution", "auto", RN_CONVOLUTION_WORDS, "the algorithms that convolutions may use",
           backend.convolution),
    CHOICE("tune", "quick", RN_TUNING_WORDS,
           "how long a backend may search for what is fastest on the device", backend.tune),
    CHOICE("memory", "fast", RN_MEMORY_WORDS, "how much of a step is in memory at once",
           backend.memory),
    KEY(BOOL, "deterministic", "false", 0, 0, "", NULL, "equal inputs must give equal bits",
        backend.deterministic),
    KEY(BOOL, "strict", "false", 0, 0, "", NULL,
        "refuse operators of plugins that the backend cannot compute itself", backend.strict),
};

static const rn_config_key network_keys[] = {
    KEY(STRING, "arch", "", 0, 0, "", NULL, "the installed model that the network starts from",
        network.arch),
    KEY(INT, "classes", NULL, 2, 1000000, "classes", NULL, "number of outputs of the last layer",
        network.classes),
    KEY(STRING, "class_names", "", 0, 0, "", NULL,
        "a file that names the classes, one a line: imagenet1k, cifar10, cifar100, fashion_mnist, "
        "or the path of another; used where the data set and the weights name none",
        network.class_names),
    CHOICE("init", "he_normal", RN_WEIGHT_INIT_WORDS, "how weights are initialised", network.init),
    KEY(FLOAT, "drop_path", "0", 0, 0.999999, "share of 1", NULL,
        "stochastic depth: training leaves out the residual of this share of the samples in the "
        "last block that has the attribute drop_path, and less in those before it, down to 0 in "
        "the first",
        network.drop_path),
};

static const rn_config_key input_keys[] = {
    KEY(INT, "channels", NULL, 1, 4096, "channels", NULL, "channels of an image", network.channels),
    KEY(INT, "height", NULL, 1, 4096, "pixels", NULL,
        "rows of what the transforms make of an image", network.height),
    KEY(INT, "width", NULL, 1, 4096, "pixels", NULL, "columns likewise", network.width),
};

static const rn_config_key data_keys[] = {
    KEY(STRING, "dataset", "fashion_mnist", 0, 0, "", NULL,
        "the kind of data set: folder, list, tar, cifar10, cifar100, fashion_mnist, mnist, idx or "
        "tensors",
        data.dataset),
    KEY(STRING, "path", "", 0, 0, "", NULL,
        "its folder; default for fashion_mnist and mnist: the usual folders (resnet-run(1), "
        "RESNET_DATA)",
        data.path),
    KEY(STRING, "train", "", 0, 0, "", NULL, "the training samples, relative to path", data.train),
    KEY(STRING, "validation", "", 0, 0, "", NULL, "the validation samples, relative to path",
        data.validation),
    KEY(FLOAT, "validation_share", "0", 0, 0.999999, "share of 1", NULL,
        "the share of the training samples, drawn by run.seed, that is kept for validation; 0: "
        "none",
        data.validation_share),
    KEY(INT, "train_limit", "0", 0, 1e9, "images", NULL,
        "use only this many of the first images; 0: all", data.train_limit),
    KEY(INT, "validation_limit", "0", 0, 1e9, "images", NULL,
        "use only this many of the first images; 0: all", data.validation_limit),
    KEY(INT, "max_pixels", "178956970", 1, 4e9, "pixels", NULL, "larger pictures are errors",
        data.max_pixels),
    CHOICE("on_error", "stop", RN_ON_ERROR_WORDS,
           "what to do about a picture that cannot be read; skipped.txt lists those left out",
           data.on_error),
    KEY(BOOL, "exif", "false", 0, 0, "", NULL, "turn pictures as their EXIF orientation says",
        data.exif),
    KEY(BOOL, "fast_decode", "false", 0, 0, "", NULL,
        "decode JPEG faster, with pixels that may differ a little more than 1 of 255",
        data.fast_decode),
    KEY(INT, "workers", "0", 0, 1024, "threads", NULL,
        "threads that read and decode; 0: as many as the backend leaves processors", data.workers),
    KEY(INT, "queue", "64", 1, 1048576, "MiB", NULL,
        "memory for batches that are made ahead of the step; three batches at least", data.queue),
    KEY(INT, "shuffle_buffer", "1000", 1, 1e9, "samples", NULL,
        "samples of a tar data set that are held to shuffle them", data.shuffle_buffer),
    KEY(STRING, "cache", "none", 0, 0, "", NULL,
        "where pictures are kept after decoding and the first transforms that draw no random "
        "numbers: none, memory, or the beginning of a file's name: NAME.train and NAME.validation, "
        "which later runs share",
        data.cache),
};

static const rn_config_key train_keys[] = {
    KEY(INT, "epochs", "10", 1, 100000, "epochs", NULL, "passes over the training images",
        train.epochs),
    KEY(INT, "batch", "128", 1, 65536, "images", NULL, "images of a training step", train.batch),
    KEY(INT, "eval_batch", "0", 0, 65536, "images", NULL, "images at once in validation; 0: batch",
        train.eval_batch),
    KEY(INT, "max_steps", "0", 0, 1e12, "steps", NULL,
        "training stops after this many steps; 0: no limit", train.max_steps),
    KEY(INT, "save_every", "0", 0, 1e12, "steps", NULL,
        "a run that is killed loses this many steps at most; 0: those of an epoch",
        train.save_every),
    KEY(FLOAT, "save_every_minutes", "0", 0, 1e6, "minutes", NULL,
        "write a checkpoint after this much time, besides that of each epoch; 0: no",
        train.save_every_minutes),
    KEY(INT, "keep_last", "0", 0, 100000, "checkpoints", NULL,
        "keep the checkpoints of this many last epochs as files of their own", train.keep_last),
    CHOICE("best", "validation_accuracy", RN_BEST_WORDS,
           "the metric by which best.safetensors is the best epoch's model", train.best),
    KEY(INT, "stop_after", "0", 0, 100000, "epochs", NULL,
        "training stops when so many epochs in a row were no better by `best`; 0: never",
        train.stop_after),
    KEY(FLOAT, "min_delta", "0", 0, 1e6, "", NULL,
        "for stop_after, an epoch is better if it is so by more than this", train.min_delta),
    KEY(STRING, "max_time", "", 0, 0, "", NULL,
        "after this time, such as 90m or 1h30m, the command writes a checkpoint and ends; default: "
        "no limit",
        train.max_time),
    KEY(FLOAT, "learning_rate", "0.1", 1e-12, 1e6, "", NULL, "learning rate at the start",
        train.learning_rate),
    CHOICE("optimizer", "sgd", RN_OPTIMIZER_WORDS, "how gradients change the weights",
           train.optimizer),
    KEY(FLOAT, "momentum", "0", 0, 0.999999, "", NULL, "v = momentum*v + g", train.momentum),
    KEY(FLOAT, "weight_decay", "0", 0, 1, "", NULL,
        "g = g + weight_decay*p; of adamw p is made smaller by lr*weight_decay*p instead; adamw "
        "and lamb: default 0.01",
        train.weight_decay),
    KEY(FLOAT, "label_smoothing", "0", 0, 0.999999, "share of 1", NULL,
        "taken from the label and spread over all classes", train.label_smoothing),
    KEY(FLOAT, "beta1", "0.9", 0, 0.999999, "", NULL,
        "adamw, lamb: share of the old mean of the gradients", train.beta1),
    KEY(FLOAT, "beta2", "0.999", 0, 0.999999, "", NULL,
        "adamw, lamb: share of the old mean of their squares", train.beta2),
    KEY(FLOAT, "square_decay", "0.9", 0, 0.999999, "", NULL,
        "rmsprop: share of the old mean of the squares", train.square_decay),
    KEY(FLOAT, "trust", "0.001", 1e-12, 1e6, "", NULL,
        "lars: factor of |p|/|g|, by which a tensor's step is scaled", train.trust),
    KEY(FLOAT, "epsilon", "0", 0, 1, "", NULL,
        "added to what divides; 0: the optimizer's own, adamw and lars 1e-8, lamb 1e-6, rmsprop "
        "1e-10",
        train.epsilon),
    KEY(FLOAT, "clip_norm", "0", 0, 1e12, "", NULL,
        "the most that the norm of all gradients together may be; 0: no limit", train.clip_norm),
    KEY(FLOAT, "clip_value", "0", 0, 1e12, "", NULL,
        "the most that an element of a gradient may be; 0: no limit", train.clip_value),
    KEY(BOOL, "measure_norm", "false", 0, 0, "", NULL,
        "measure the norm of the gradients, also where nothing limits it", train.measure_norm),
    KEY(BOOL, "nesterov", "false", 0, 0, "", NULL, "use Nesterov's momentum", train.nesterov),
    KEY(INT, "accumulate", "1", 1, 65536, "batches", NULL,
        "batches whose gradients are averaged for one step", train.accumulate),
    KEY(STRING, "synchronise_norms", "", 0, 0, "", NULL,
        "where several devices share a step, batch norms in training take the statistics of all, "
        "of each device, or of N devices in succession; up to 8 devices default: all",
        train.synchronise_norms),
    CHOICE("exchange", "fp32", RN_EXCHANGE_WORDS, "how gradients go from process to process",
           train.exchange),
    KEY(FLOAT, "ema_decay", "0", 0, 0.9999999, "", NULL,
        "share of the old value in the moving average of the weights, which is evaluated and saved "
        "beside them; 0: no average",
        train.ema_decay),
    KEY(BOOL, "ema_warmup", "false", 0, 0, "", NULL,
        "begin with a short average: ema_decay is at most 1 - (1 + step)^(-2/3)", train.ema_warmup),
    KEY(FLOAT, "layer_decay", "1", 1e-6, 1, "", NULL,
        "a layer's learning rate is multiplied by this for each layer behind it",
        train.layer_decay),
    KEY(BOOL, "decay_norm", "true", 0, 0, "", NULL, "apply weight decay to normalisations",
        train.decay_norm),
    KEY(BOOL, "decay_bias", "true", 0, 0, "", NULL, "apply weight decay to biases",
        train.decay_bias),
    KEY(BOOL, "drop_last", "false", 0, 0, "", NULL, "leave out the last, smaller batch of an epoch",
        train.drop_last),
    CHOICE("schedule", "constant", RN_SCHEDULE_WORDS, "schedule of the learning rate",
           train.schedule),
    CHOICE("schedule_by", "step", RN_SCHEDULE_BY_WORDS, "how often the learning rate changes",
           train.schedule_by),
    KEY(FLOAT, "min_learning_rate", "0", 0, 1e6, "", NULL,
        "the lowest rate of the schedules linear, cosine, polynomial and plateau",
        train.min_learning_rate),
    KEY(FLOAT, "gamma", "0.1", 1e-6, 1, "", NULL,
        "factor of the schedules step, exponential and plateau", train.gamma),
    KEY(FLOAT, "power", "1", 1e-3, 100, "", NULL, "exponent of the schedule polynomial",
        train.power),
    KEY(INT, "restart_epochs", "0", 0, 100000, "epochs", NULL,
        "after which the schedule cosine starts again; 0: never", train.restart_epochs),
    KEY(FLOAT, "restart_factor", "1", 1, 1000, "", NULL,
        "each period of the schedule cosine is as many times as long as the one before",
        train.restart_factor),
    KEY(FLOAT, "one_cycle_rise", "0.3", 0, 1, "share of 1", NULL,
        "of the run, in which the rate of one_cycle rises", train.one_cycle_rise),
    KEY(FLOAT, "one_cycle_div", "25", 1, 1e6, "", NULL,
        "one_cycle starts at learning_rate divided by this", train.one_cycle_div),
    KEY(FLOAT, "one_cycle_final_div", "10000", 1, 1e12, "", NULL,
        "one_cycle ends at its first rate divided by this", train.one_cycle_final_div),
    CHOICE("one_cycle_anneal", "cosine", RN_ANNEAL_WORDS,
           "how the rate of one_cycle rises and falls", train.one_cycle_anneal),
    CHOICE("plateau_metric", "validation_loss", RN_PLATEAU_METRIC_WORDS,
           "what the schedule plateau looks at after each epoch", train.plateau_metric),
    KEY(INT, "plateau_patience", "10", 0, 100000, "epochs", NULL,
        "without a better metric that plateau waits for, before it multiplies by gamma",
        train.plateau_patience),
    KEY(FLOAT, "plateau_threshold", "0.0001", 0, 0.999999, "share of 1", NULL,
        "by which a metric must be better than the best one to count", train.plateau_threshold),
    KEY(INT, "plateau_cooldown", "0", 0, 100000, "epochs", NULL,
        "after each change that plateau does not count", train.plateau_cooldown),
    KEY(FLOAT, "warmup_epochs", "0", 0, 100000, "epochs", NULL,
        "in which the learning rate rises linearly", train.warmup_epochs),
    KEY(INT, "warmup_steps", "0", 0, 1e12, "steps", NULL, "the same, counted in steps",
        train.warmup_steps),
    KEY(FLOAT, "warmup_start", "0", 0, 1, "share of 1", NULL,
        "of the learning rate at which the warm-up begins; 0: that of its first step",
        train.warmup_start),
    KEY(BOOL, "warmup_prefix", "false", 0, 0, "", NULL,
        "the schedule begins after the warm-up, not under it", train.warmup_prefix),
};

static const rn_config_key log_keys[] = {
    KEY(BOOL, "tensorboard", "false", 0, 0, "", NULL,
        "write the metrics of each epoch to an event file of TensorBoard, too", log.tensorboard),
};

static const rn_config_key data_arrays[] = {
    ARRAY(FLOAT, "mean", "0", -1000, 1000, "of pixels from 0 to 1",
          "subtracted from the pixels; one number, or one for each channel", data.mean,
          data.n_mean),
    ARRAY(FLOAT, "std", "1", 1e-6, 1000, "of pixels from 0 to 1",
          "divides the pixels; one number, or one for each channel", data.std, data.n_std),
};

static const rn_config_key train_arrays[] = {
    ARRAY(INT, "milestones", NULL, 1, 100000, "epochs",
          "after which the schedule step multiplies by gamma, in ascending order", train.milestones,
          train.n_milestones),
};

static const rn_config_key study_keys[] = {
    KEY(STRING, "metric", "validation_accuracy", 0, 0, "", NULL,
        "the column of metrics.csv that is compared, after the last epoch", study.metric),
    KEY(INT, "jobs", "1", 1, 256, "runs", NULL,
        "runs at the same time; they share the processors, unless run.threads is given",
        study.jobs),
};

static const rn_config_key study_arrays[] = {
    ARRAY(INT, "seeds", NULL, 0, 4294967295.0, "",
          "run.seed of the runs of each variant; must be given", study.seeds, study.n_seeds),
};

#define COUNT(keys) (sizeof(keys) / sizeof((keys)[0]))
#define SECTION(path, keys, ...)                                                                   \
    {                                                                                              \
        path, keys, COUNT(keys), NULL, 0,                                                          \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define SECTION_WITH_ARRAYS(path, keys, arrays, ...)                                               \
    {                                                                                              \
        path, keys, COUNT(keys), arrays, COUNT(arrays),                                            \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

const rn_config_section rn_config_sections[] = {
    SECTION("", top_keys, "extends", "run", "backend", "network", "data", "train", "log", "study"),
    SECTION("run", run_keys, NULL),
    SECTION("backend", backend_keys, NULL),
    SECTION("network", network_keys, "input", "layers", "weight_names"),
    SECTION("network.input", input_keys, NULL),
    SECTION_WITH_ARRAYS("data", data_keys, data_arrays, "mean", "std", "transforms"),
    SECTION_WITH_ARRAYS("train", train_keys, train_arrays, "milestones", "groups", "sizes", "grow"),
    SECTION("log", log_keys, NULL),
    SECTION_WITH_ARRAYS("study", study_keys, study_arrays, "seeds", "variants", "grid"),
    { 0 },
};

static const rn_config_section *find_section(const char *path, size_t length)
{
    for (const rn_config_section *section = rn_config_sections; section->keys; section++)
        if (strlen(section->path) == length && strncmp(section->path, path, length) == 0)
            return section;
    return NULL;
}

const rn_config_key *rn_config_find_key(const char *path)
{
    const char *dot = strrchr(path, '.'), *name = dot ? dot + 1 : path;
    const rn_config_section *section = find_section(path, dot ? (size_t)(dot - path) : 0);
    for (uint32_t i = 0; section && i < section->n_keys; i++)
        if (strcmp(section->keys[i].attr.name, name) == 0)
            return &section->keys[i];
    return NULL;
}

const char *rn_config_word(const rn_config *config, const char *path)
{
    const rn_config_key *key = rn_config_find_key(path);
    int32_t value;
    memcpy(&value, (const char *)config + key->offset, sizeof value);
    return rn_word_by_value(key->words, value)->text;
}
