/* options.c: the options of every command and of several, and how a command line is read. */
#include "cli/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/status.h"
#include "cli/backend_path.h"

/* NAME or NAME:DEVICE; or the absolute path of a plugin in place of NAME, which no cfg may give. */
static rn_status take_backend(rn_options *options, const rn_option *option, const char *value)
{
    if (value[0] == '/') {
        const char *device = rn_backend_path_device(value);
        options->plugin_file = value;
        return device ? rn_options_set(options, "backend.device", device) : RN_OK;
    }
    char backend[64];
    size_t length = strcspn(value, ":");
    if (length == 0 || length >= sizeof backend)
        return rn_fail(RN_E_USAGE, "--%s=%s: expected a backend's name, as in cpu_blas or cudnn:1",
                       option->name, value);
    snprintf(backend, sizeof backend, "%.*s", (int)length, value);
    rn_status status = rn_options_set(options, "backend.name", backend);
    if (status || !value[length])
        return status;
    return rn_options_set(options, "backend.device", value + length + 1);
}

static rn_status take_setting(rn_options *options, const rn_option *option, const char *value)
{
    (void)option;
    return rn_options_set(options, "", value);
}

/* Sets the cfg's run.output, too; for commands that write single files it is their list. */
static rn_status take_output(rn_options *options, const rn_option *option, const char *value)
{
    rn_status status = rn_option_text(options, option, value);
    return status ? status : rn_options_set(options, "run.output", value);
}

static rn_status take_verbose(rn_options *options, const rn_option *option, const char *value)
{
    if (value && strcmp(value, "2") != 0)
        return rn_fail(RN_E_USAGE, "--%s=%s: expected --%s or --%s=2", option->name, value,
                       option->name, option->name);
    options->verbose = value ? 2 : 1;
    return RN_OK;
}

/* One of the options, once, says how training starts. */
static rn_status set_start(rn_options *options, const char *name, rn_start start)
{
    if (options->run.start)
        return rn_fail(RN_E_USAGE, "--%s: give one of --resume and --overwrite, and once", name);
    options->run.start = start;
    return RN_OK;
}

static rn_status take_resume(rn_options *options, const rn_option *option, const char *value)
{
    const char *name = option->name;
    rn_status status = set_start(options, name, value ? RN_START_AUTO : RN_START_RESUME);
    if (status)
        return status;
    if (value && strcmp(value, "auto") != 0)
        return rn_fail(RN_E_USAGE, "--%s=%s: expected --%s or --%s=auto", name, value, name, name);
    return RN_OK;
}

static rn_status take_overwrite(rn_options *options, const rn_option *option, const char *value)
{
    (void)value;
    return set_start(options, option->name, RN_START_OVERWRITE);
}

static rn_status take_batch(rn_options *options, const rn_option *option, const char *value)
{
    if (strcmp(value, "auto") != 0)
        return rn_option_count(options, option, value);
    options->batch = RN_BATCH_AUTO;
    return RN_OK;
}

static const rn_word phases[] = { RN_COMPARE_PHASE_WORDS(RN_WORD_ROW){ 0 } };

static const rn_option common[] = {
    { 'B', "backend", "NAME[:DEVICE]", "what computes: cpu_blas, onednn, /PATH/x.so …",
      .take = take_backend },
    { 's', "set", "KEY=VALUE", "overrides a key of the cfg, as in train.epochs=3",
      .take = take_setting },
    { 0, "variant", "VARIANT", "one of the cfg's study, in place of the cfg itself",
      .take = rn_option_text, RN_OPTION_FIELD(variant),
      .verbs = "train, eval, predict, convert, data, summary, compare, bisect, bench" },
    { 'o', "output", "FOLDER", "where results go; default runs/NAME; files (compare, report)",
      .take = take_output, RN_OPTION_FIELD(output) },
    { 0, "seed", "N", NULL, .key = "run.seed" },
    { 0, "threads", "N", "threads on processors; 0: one for each core", .key = "run.threads" },
    { 0, "precision", "KIND", "", .key = "backend.precision" },
    { 0, "conv", "KIND", "convolutions", .key = "backend.convolution" },
    { 0, "tune", "KIND", "search for the fastest", .key = "backend.tune" },
    { 0, "memory", "KIND", "", .key = "backend.memory" },
    { 0, "deterministic", NULL, NULL, .key = "backend.deterministic" },
    { 0, "strict", NULL, NULL, .key = "backend.strict" },
    { 0, "plugin-path", "FOLDERS", "folders to search for plugins first, separated by ':'",
      .take = rn_option_text, RN_OPTION_FIELD(plugin_path) },
    { 0, "transport", "NAME", "what connects processes, as mpi; none: each works alone",
      .take = rn_option_text, RN_OPTION_FIELD(transport) },
    { 0, "json", NULL, "results as JSON", .take = rn_option_flag, RN_OPTION_FIELD(run.json) },
    { 'q', "quiet", NULL, "no progress, no summary", .take = rn_option_flag,
      RN_OPTION_FIELD(run.quiet) },
    { 'v', "verbose", "[=2]", "what is loaded and chosen; 2: each stage and step, too",
      .take = take_verbose },
    { 'h', "help", NULL, "this text", .take = rn_option_flag, RN_OPTION_FIELD(help) },
    { 0, "version", NULL, "the version", .take = rn_option_flag, RN_OPTION_FIELD(version) },
    { 0, "list-options", NULL, NULL, .take = rn_option_flag, RN_OPTION_FIELD(list_options) },
    { 0, "resume", "[=auto]", "goes on from the last checkpoint; auto: if there is one",
      .take = take_resume, .verbs = "train" },
    { 0, "overwrite", NULL, "replaces the run, or the file, that is there", .take = take_overwrite,
      .verbs = "train, convert, grow, study" },
    { 0, "max-time", "TIME", "ends with a checkpoint after 90m, 1h30m …", .key = "train.max_time",
      .verbs = "train, bisect" },
    { 0, "allow-changed", NULL, "accepts another configuration", .take = rn_option_flag,
      RN_OPTION_FIELD(run.model.allow_changed), .verbs = "train, lr-find, eval, predict, convert" },
    { 0, "dry-run", NULL, "does everything up to the first step", .take = rn_option_flag,
      RN_OPTION_FIELD(run.dry_run), .verbs = "train, eval, predict, study" },
    { 'w', "weights", "FILE", "a file or a folder", .take = rn_option_text,
      RN_OPTION_FIELD(run.model.path),
      .verbs = "train, lr-find, eval, predict, convert, compare, bisect, bench" },
    { 0, "weights-key", "ENTRY", "the part of a checkpoint to take, as in model_ema",
      .take = rn_option_text, RN_OPTION_FIELD(run.model.key) },
    { 0, "partial", NULL, "loads the weights that fit", .take = rn_option_flag,
      RN_OPTION_FIELD(run.model.partial),
      .verbs = "train, lr-find, eval, predict, compare, bisect, bench" },
    { 0, "reset-head", NULL, "the last layer starts anew", .take = rn_option_flag,
      RN_OPTION_FIELD(run.model.reset_head), .verbs = "train, lr-find" },
    { 0, "phase", "KIND", "", .take = rn_option_word, .words = phases, .default_text = "train-step",
      RN_OPTION_FIELD(phase), .verbs = "summary, compare, bisect, bench" },
    { 0, "input", "FILE",
      "a tensor x (N,C,H,W) of safetensors (predict); random, dataset, a picture "
      "or a folder (compare)",
      .take = rn_option_text, RN_OPTION_FIELD(input), .verbs = "predict, compare" },
    { 0, "steps", "N", "steps that are timed; default 10 (bench); or taken before what is compared",
      .take = rn_option_count, .least = 1, RN_OPTION_FIELD(steps), .verbs = "compare, bench" },
    { 0, "repeat", "N",
      "runs, to see what is not deterministic; default 1, 3 of each operator (bisect)",
      .take = rn_option_count, .least = 1, RN_OPTION_FIELD(repeats), .verbs = "compare, bisect" },
    { 'n', "count", "N", "images; default 5 of a data set (predict), else all",
      .take = rn_option_count, .least = 1, .most = 1000000000, RN_OPTION_FIELD(run.count),
      .verbs = "predict, data, schedule" },
    { 0, "batch", "N",
      "images; default 4 (compare, bisect), else the cfg's; auto: what fits (train)",
      .take = take_batch, .least = 1, RN_OPTION_FIELD(batch),
      .verbs = "train, lr-find, compare, bisect, bench", .instead = "--set train.batch=N" },
    { 0 },
};

rn_option_entry rn_options_entry(int i)
{
    for (const rn_option *row = common; row->name; row++)
        if (i-- == 0)
            return (rn_option_entry){ row, row->verbs };
    for (const rn_verb *const *verb = rn_verbs; *verb; verb++)
        for (const rn_option *row = (*verb)->options; row && row->name; row++)
            if (i-- == 0)
                return (rn_option_entry){ row, (*verb)->name };
    return (rn_option_entry){ 0 };
}

static rn_status unknown_option(const char *argument)
{
    const char *names[RN_MAX_OPTIONS + 1] = { 0 };
    char name[64];
    for (int i = 0; i < RN_MAX_OPTIONS && rn_options_entry(i).row; i++)
        names[i] = rn_options_entry(i).row->name;
    snprintf(name, sizeof name, "%.*s", (int)strcspn(argument + 2, "="), argument + 2);
    const char *near = rn_nearest(name, names);
    return rn_fail(RN_E_USAGE, "unknown option %s%s%s; see resnet-run --help", argument,
                   near ? "; did you mean --" : "", near ? near : "");
}

/* The number of the option "--name" or "--name=value"; -1 if there is none. */
static int find_name(const char *argument)
{
    const rn_option *row;
    size_t length = strcspn(argument + 2, "=");
    for (int i = 0; (row = rn_options_entry(i).row); i++)
        if (strlen(row->name) == length && !strncmp(argument + 2, row->name, length))
            return i;
    return -1;
}

static int find_letter(char letter)
{
    for (int i = 0; rn_options_entry(i).row; i++)
        if (rn_options_entry(i).row->letter == letter)
            return i;
    return -1;
}

/* The arguments that are still to be read. */
typedef struct arguments {
    char **next;          /* ends with NULL */
    bool no_more_options; /* after "--" */
} arguments;

static bool needs_value(const rn_option *row)
{
    return row->value && row->value[0] != '[';
}

static rn_status store(rn_options *options, const rn_option *row, const char *value)
{
    if (row->key)
        return rn_options_set(options, row->key, value ? value : "true");
    return row->take(options, row, value);
}

/* Takes option i and its value: the text `attached` to it, else the next argument. */
static rn_status take(rn_options *options, int i, const char *attached, arguments *rest)
{
    const rn_option *row = rn_options_entry(i).row;
    options->given[i] = true;
    if (!row->value && attached)
        return rn_fail(RN_E_USAGE, "--%s takes no value", row->name);
    if (!needs_value(row))
        return store(options, row, attached);
    if (!attached && !*rest->next)
        return rn_fail(RN_E_USAGE, "--%s needs a value: --%s=%s", row->name, row->name, row->value);
    return store(options, row, attached ? attached : *rest->next++);
}

/* "-x", "-xVALUE", or several flags in one: "-qv". */
static rn_status read_letters(rn_options *options, const char *argument, arguments *rest)
{
    for (const char *at = argument + 1; *at; at++) {
        int i = find_letter(*at);
        if (i < 0)
            return unknown_option(argument);
        if (needs_value(rn_options_entry(i).row))
            return take(options, i, at[1] ? at + 1 : NULL, rest);
        rn_status status = take(options, i, NULL, rest);
        if (status)
            return status;
    }
    return RN_OK;
}

static rn_status read_option(rn_options *options, const char *argument, arguments *rest)
{
    if (argument[1] != '-')
        return read_letters(options, argument, rest);
    int i = find_name(argument);
    if (i < 0)
        return unknown_option(argument);
    const char *equals = strchr(argument, '=');
    return take(options, i, equals ? equals + 1 : NULL, rest);
}

/* The command that `word` may have been meant to be, or NULL. */
static const char *nearest_verb(const char *word)
{
    const char *names[16] = { 0 };
    for (int i = 0; rn_verbs[i] && i < 15; i++)
        names[i] = rn_verbs[i]->name;
    return rn_nearest(word, names);
}

static rn_status add_operand(rn_options *options, const char *word)
{
    size_t n = (size_t)options->n_operands;
    const char **grown = realloc(options->operands, (n + 1) * sizeof *grown);
    if (!grown)
        return rn_fail(RN_E_NOMEM, "no memory for the command line");
    options->operands = grown;
    options->operands[options->n_operands++] = word;
    return RN_OK;
}

static rn_status read_word(rn_options *options, const char *word)
{
    if (!options->verb && !options->cfg && rn_verb_find(word)) {
        options->verb = word;
        return RN_OK;
    }
    if (options->cfg)
        return add_operand(options, word);
    options->cfg = word;
    return RN_OK;
}

static rn_status read_argument(rn_options *options, const char *word, arguments *rest)
{
    if (rest->no_more_options || word[0] != '-' || !word[1])
        return read_word(options, word);
    if (strcmp(word, "--") != 0)
        return read_option(options, word, rest);
    rest->no_more_options = true;
    return RN_OK;
}

static rn_status set_defaults(rn_options *options)
{
    const rn_option *row;
    for (int i = 0; (row = rn_options_entry(i).row); i++) {
        rn_status status = row->default_text ? row->take(options, row, row->default_text) : RN_OK;
        if (status)
            return status;
    }
    return RN_OK;
}

bool rn_options_has(const rn_options *options, const char *name)
{
    const rn_option *row;
    for (int i = 0; (row = rn_options_entry(i).row); i++)
        if (strcmp(row->name, name) == 0 && options->given[i])
            return true;
    return false;
}

bool rn_options_want_answer(const rn_options *options)
{
    return options->help || options->version || options->list_options;
}

/* What follows the cfg belongs to a command that was given. Without one, the first word may be a
 * misspelt command. */
static rn_status check_operands(const rn_options *options)
{
    int last = options->verb ? rn_verb_find(options->verb)->max_operands : 0;
    if (last < 0 || options->n_operands <= last)
        return RN_OK;
    const char *near = options->verb ? NULL : nearest_verb(options->cfg);
    return rn_fail(RN_E_USAGE, "unexpected argument \"%s\" after %s%s%s%s", options->operands[last],
                   last ? options->operands[last - 1] : options->cfg,
                   near ? "; did you mean the command \"" : "", near ? near : "",
                   near ? "\"?" : "");
}

static rn_status miss_cfg(const rn_options *options)
{
    const char *verb = options->verb ? options->verb : "train";
    const char *operands = rn_verb_find(verb)->operands;
    if (rn_verb_find(verb)->reads_reports)
        return rn_fail(RN_E_USAGE, "no report given; try: resnet-run %s A.json B.json, or --help",
                       verb);
    return rn_fail(RN_E_USAGE, "no cfg given; try: resnet-run %s MODEL.cfg%s%s, or --help", verb,
                   operands ? " " : "", operands ? operands : "");
}

rn_status rn_options_read(int argc, char **argv, rn_options *options)
{
    *options = (rn_options){ .words = argv };
    rn_status status = set_defaults(options);
    if (status)
        return status;
    arguments rest = { .next = argv + (argc > 0) };
    while (*rest.next) {
        const char *word = *rest.next++;
        status = read_argument(options, word, &rest);
        /* What follows --help does not matter. */
        if (status || rn_options_want_answer(options))
            return status;
    }
    return options->cfg ? check_operands(options) : miss_cfg(options);
}

rn_status rn_options_check(const rn_options *options, const char *verb)
{
    rn_option_entry entry;
    for (int i = 0; (entry = rn_options_entry(i)).row; i++)
        if (options->given[i] && entry.verbs && !strstr(entry.verbs, verb))
            return rn_fail(RN_E_USAGE, "--%s is for %s, not for %s%s%s", entry.row->name,
                           entry.verbs, verb, entry.row->instead ? "; use " : "",
                           entry.row->instead ? entry.row->instead : "");
    if (options->batch == RN_BATCH_AUTO && strcmp(verb, "train") != 0)
        return rn_fail(RN_E_USAGE, "--batch=auto is for train, not for %s; give a number", verb);
    if (options->phase == RN_COMPARE_TRAIN && strcmp(verb, "compare") != 0)
        return rn_fail(RN_E_USAGE,
                       "--phase=train is for compare, not for %s; give infer or train-step", verb);
    return RN_OK;
}

void rn_options_clear(rn_options *options)
{
    for (int i = 0; i < options->n_settings; i++)
        free(options->settings[i]);
    options->n_settings = 0;
    free(options->operands);
    options->operands = NULL;
}
