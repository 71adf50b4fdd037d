/* config.h: a whole cfg, checked and typed. config_keys.c has a row for every key: name, type,
 * default, range, unit, help. */
#ifndef RN_CORE_CONFIG_CONFIG_H
#define RN_CORE_CONFIG_CONFIG_H

#include <resnet/attr.h>
#include <stdbool.h>
#include <stdint.h>

#include "config/tree.h"
#include "config/words.h"

/* An entry of train.groups: what it sets of the parameters whose names match. */
typedef struct rn_param_group {
    const char *match; /* a shell pattern */
    double rate_factor, weight_decay;
    bool freeze;
    bool sets_rate, sets_decay, sets_freeze;
    const rn_tree *origin;
} rn_param_group;
#define RN_MAX_TRAIN_SIZES 16

/* A row of train.sizes. */
typedef struct rn_train_size {
    int64_t epoch; /* from which on it holds, counted from 0 */
    int64_t height, width;
} rn_train_size;

#define RN_MAX_GROWTHS 64

/* An entry of train.grow: what a stage gets after so many epochs. */
typedef struct rn_growth {
    const rn_tree *tree; /* where it was written */
    const char *stage;
    int64_t epoch;
    int64_t add;  /* blocks; 0: none */
    double widen; /* factor of width_factor; 1: none */
} rn_growth;

typedef struct rn_config {
    char *path;       /* as given; "stdin" for "-" */
    const char *name; /* for titles and the output folder; default: the file's name without .cfg */

    struct {
        int32_t action;     /* rn_action */
        const char *output; /* folder; default runs/NAME */
        int64_t seed;
        int64_t threads; /* 0: all */
        double deadline; /* seconds, for the processes of a run */
    } run;

    struct {
        const char *name;    /* "cpu_blas" */
        const char *device;  /* "": the first */
        int32_t precision;   /* rn_precision */
        int32_t convolution; /* rn_convolution */
        int32_t tune;        /* rn_tuning */
        int32_t memory;      /* rn_memory_use */
        bool deterministic;
        bool strict;
    } backend;

    struct {
        int64_t channels, height, width; /* of the input */
        int64_t classes;
        const char *arch;            /* "": none */
        int32_t init;                /* rn_weight_init */
        double drop_path;            /* stochastic depth of the last block; 0: none */
        const char *class_names;     /* a file that names the classes, or ""; data/class_names.h */
        const rn_tree *layers;       /* list, checked by net.c against the blocks' tables */
        const rn_tree *weight_names; /* list, checked by weights/names.h; NULL: none */
    } network;

    struct {
        const char *dataset;            /* the name of a kind: data/dataset.h */
        const char *path;               /* "": the usual folders of the data set */
        const char *train, *validation; /* below `path`; "": the kind's usual names */
        double validation_share;        /* of the training samples; 0: validation has its own */
        double mean[4], std[4];         /* per channel; n_mean 1 or channels */
        int64_t n_mean, n_std;
        int64_t train_limit, validation_limit; /* first samples only; 0: all */
        const rn_tree *transforms; /* group, checked by data/pipeline.h; NULL: pictures are resized
                                    * to network.height × width */
        int64_t max_pixels;
        int32_t on_error; /* rn_on_error */
        bool exif, fast_decode;
        int64_t workers;        /* threads; 0: by the processors that the backend leaves */
        int64_t queue;          /* MiB of pictures that are made ahead */
        int64_t shuffle_buffer; /* samples */
        const char *cache;      /* "none", "memory" or a file */
    } data;

    struct {
        int64_t epochs, batch, eval_batch; /* eval_batch 0: batch */
        int64_t max_steps;                 /* 0: no limit */
        int64_t save_every;                /* steps; 0: at the end of an epoch */
        double save_every_minutes;         /* 0: at the end of an epoch */
        int64_t keep_last;                 /* checkpoints of epochs, besides the newest */
        int32_t best;                      /* rn_best_metric: the one that decides */
        int64_t stop_after;                /* epochs without a better one; 0: never */
        double min_delta;                  /* by so much */
        const char *max_time;              /* "90m"; "": no limit */
        double max_time_s;                 /* the same; 0: no limit */
        double learning_rate, momentum, weight_decay, label_smoothing;
        bool nesterov, decay_norm, decay_bias, drop_last;
        int32_t optimizer; /* rn_optimizer */
        double beta1, beta2, square_decay, trust;
        double epsilon;               /* resolved: the optimizer's own where none is given */
        double clip_norm, clip_value; /* 0: no limit */
        bool measure_norm, ema_warmup;
        double ema_decay;       /* 0: no averages */
        int64_t accumulate;     /* batches of a step */
        rn_param_group *groups; /* n_groups; later ones win */
        int64_t n_groups;
        const rn_tree *groups_tree;           /* as they were written; NULL: none */
        double layer_decay;                   /* 1: none */
        int32_t schedule, schedule_by;        /* rn_schedule, rn_schedule_by */
        double min_learning_rate;             /* where the schedule ends */
        int64_t milestones[16], n_milestones; /* epochs */
        double gamma, power;
        int64_t restart_epochs; /* of the cosine's first period; 0: the whole run */
        double restart_factor;
        double one_cycle_rise, one_cycle_div, one_cycle_final_div;
        int32_t one_cycle_anneal;                   /* rn_anneal */
        int32_t plateau_metric;                     /* rn_plateau_metric */
        int64_t plateau_patience, plateau_cooldown; /* epochs */
        double plateau_threshold;
        rn_train_size sizes[RN_MAX_TRAIN_SIZES]; /* n_sizes of them; 0: that of network.input */
        int64_t n_sizes;
        double warmup_epochs; /* or: */
        int64_t warmup_steps;
        double warmup_start; /* share of the learning rate; 0: that of one step */
        bool warmup_prefix;
        const char *synchronise_norms;     /* "all", "device", a number of ranks, or "" */
        int64_t norm_group;                /* the same: -1, 1, the number, or 0 */
        int32_t exchange;                  /* rn_exchange_type, of gradients between processes */
        const rn_tree *grow;               /* list, read by growth.c; NULL: none */
        rn_growth growths[RN_MAX_GROWTHS]; /* n_growths of them, by epoch */
        int64_t n_growths;
    } train;

    struct {
        int64_t seeds[64], n_seeds; /* n_seeds 0: the cfg has no study */
        const char *metric;         /* a column of metrics.jsonl */
        int64_t jobs;               /* runs at the same time */
    } study;                        /* its variants: config/variants.h */

    struct {
        bool tensorboard;
    } log;

    rn_tree *tree; /* owns the strings above, but for defaults */
    bool borrows;  /* a grown cfg (growth.h): all but path and tree are another cfg's */
} rn_config;

/* Where a cfg comes from. */
typedef struct rn_config_source {
    const char *path;
    const char *text; /* its contents, where they do not stand in a cfg file; NULL: read `path` */
    const char *const *settings; /* assignments "key=value" */
    int n_settings;
    const char *variant; /* of the cfg's study, in place of the cfg itself; NULL: none */
} rn_config_source;

/* Loads a cfg, applies the variant and the settings, and checks everything but the layers. */
rn_status rn_config_load_source(const rn_config_source *source, rn_config **out);

/* The same for a file: applies `n_settings` assignments. */
rn_status rn_config_load(const char *path, const char *const *settings, int n_settings,
                         rn_config **out);
void rn_config_destroy(rn_config *config);

/* The word of a choice, given the path of its key: "fp32" for "backend.precision". */
const char *rn_config_word(const rn_config *config, const char *path);

#endif
