/* options.c: one table of options, for reading and for --help. */
#include "cli/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/status.h"
#include "config/config_keys.h"

typedef rn_status take_option(rn_options *options, const char *name, const char *value);

/* Writes the text as a cfg would: in quotes, with \ before what would end it. */
static void quote(char *to, const char *text)
{
    *to++ = '"';
    for (; *text; *to++ = *text++)
        if (strchr("\\\"", *text))
            *to++ = '\\';
    memcpy(to, "\"", 2);
}

rn_status rn_options_set(rn_options *options, const char *key, const char *value)
{
    if (options->n_settings == RN_MAX_SETTINGS)
        return rn_fail(RN_E_USAGE, "more than %d settings on the command line", RN_MAX_SETTINGS);
    size_t size = strlen(key) + 2 * strlen(value) + 4;
    char *text = malloc(size);
    if (!text)
        return rn_fail(RN_E_NOMEM, "no memory for the command line");
    int length = snprintf(text, size, "%s%s", key, *key ? "=" : "");
    const rn_config_key *row = rn_config_find_key(key);
    if (row && (row->attr.type == RN_ATTR_STRING || row->attr.type == RN_ATTR_CHOICE))
        quote(text + length, value);
    else
        strcpy(text + length, value);
    options->settings[options->n_settings++] = text;
    return RN_OK;
}

/* NAME, NAME:DEVICE, or the absolute path of a plugin, which the cfg may not give. */
static rn_status take_backend(rn_options *options, const char *name, const char *value)
{
    if (value[0] == '/') {
        options->plugin_file = value;
        return RN_OK;
    }
    char backend[64];
    size_t length = strcspn(value, ":");
    if (length == 0 || length >= sizeof backend)
        return rn_fail(RN_E_USAGE, "--%s=%s: expected a backend's name, as in cpu_blas or cudnn:1",
                       name, value);
    snprintf(backend, sizeof backend, "%.*s", (int)length, value);
    rn_status status = rn_options_set(options, "backend.name", backend);
    if (!status && value[length])
        status = rn_options_set(options, "backend.device", value + length + 1);
    return status;
}

static rn_status take_set(rn_options *options, const char *name, const char *value)
{
    (void)name;
    return rn_options_set(options, "", value);
}

static rn_status take_run(rn_options *options, const char *name, const char *value)
{
    char key[64];
    snprintf(key, sizeof key, "run.%s", name);
    return rn_options_set(options, key, value);
}

/* A key of the cfg's group backend. */
static rn_status take_choice(rn_options *options, const char *name, const char *value)
{
    char key[64];
    snprintf(key, sizeof key, "backend.%s", strcmp(name, "conv") == 0 ? "convolution" : name);
    return rn_options_set(options, key, value);
}

static rn_status take_plugin_path(rn_options *options, const char *name, const char *value)
{
    (void)name;
    options->plugin_path = value;
    return RN_OK;
}

static rn_status take_weights(rn_options *options, const char *name, const char *value)
{
    (void)name;
    options->run.weights = value;
    return RN_OK;
}

/* A number of images or steps. */
static rn_status take_count(rn_options *options, const char *name, const char *value)
{
    const struct {
        const char *name;
        int64_t *count;
    } counts[] = {
        { "batch", &options->batch },
        { "count", &options->run.count },
        { "steps", &options->bench.steps },
        { "warmup", &options->bench.warmup },
    };
    char *end = NULL;
    errno = 0;
    long long count = strtoll(value, &end, 10), least = strcmp(name, "warmup") == 0 ? 0 : 1;
    if (end == value || *end || errno || count < least || count > 65536)
        return rn_fail(RN_E_USAGE, "--%s=%s: expected a number from %lld to 65536", name, value,
                       least);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        if (strcmp(name, counts[i].name) == 0)
            *counts[i].count = count;
    return RN_OK;
}

static rn_status take_backends(rn_options *options, const char *name, const char *value)
{
    (void)name;
    options->compare.backends = value;
    return RN_OK;
}

static rn_status take_phase(rn_options *options, const char *name, const char *value)
{
    bool is_infer = strcmp(value, "infer") == 0;
    if (!is_infer && strcmp(value, "train-step") != 0)
        return rn_fail(RN_E_USAGE, "--%s=%s: expected infer or train-step", name, value);
    options->train_step = !is_infer;
    return RN_OK;
}

static rn_status take_limit(rn_options *options, const char *name, const char *value)
{
    char *end = NULL;
    double limit = strtod(value, &end);
    if (end == value || *end || !(limit > 0) || limit > 1e9)
        return rn_fail(RN_E_USAGE, "--%s=%s: expected a positive number", name, value);
    options->compare.limit = limit;
    return RN_OK;
}

static rn_status take_flag(rn_options *options, const char *name, const char *value)
{
    (void)value;
    const struct {
        const char *name;
        bool *flag;
    } flags[] = {
        { "allow-changed", &options->run.allow_changed },
        { "dry-run", &options->run.dry_run },
        { "json", &options->run.json },
        { "quiet", &options->run.quiet },
        { "verbose", &options->verbose },
        { "help", &options->help },
        { "version", &options->version },
        { "loader", &options->bench.loader },
        { "algorithms", &options->algorithms },
    };
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (strcmp(name, flags[i].name) == 0)
            *flags[i].flag = true;
    if (strcmp(name, "deterministic") == 0)
        return rn_options_set(options, "backend.deterministic", "true");
    return RN_OK;
}

/* How training starts; one option says it. */
static rn_status take_start(rn_options *options, const char *name, const char *value)
{
    if (options->run.start)
        return rn_fail(RN_E_USAGE, "--%s: give one of --resume and --overwrite, and once", name);
    if (value && strcmp(value, "auto") != 0)
        return rn_fail(RN_E_USAGE, "--%s=%s: expected --%s or --%s=auto", name, value, name, name);
    options->run.start = strcmp(name, "overwrite") == 0 ? RN_START_OVERWRITE
                         : value                        ? RN_START_AUTO
                                                        : RN_START_RESUME;
    return RN_OK;
}

typedef struct option {
    char letter;              /* 0: none */
    const char *name, *value; /* NULL: a flag; "[…]": may be left out */
    const char *verbs;        /* that it is for; NULL: all */
    const char *help;
    take_option *take;
} option;

static const option table[] = {
    { 'B', "backend", "NAME[:DEVICE]", NULL, "what computes: cpu_blas, onednn, /PATH/x.so …",
      take_backend },
    { 's', "set", "KEY=VALUE", NULL, "overrides a key of the cfg, as in train.epochs=3", take_set },
    { 'o', "output", "FOLDER", NULL, "where results go; default runs/NAME", take_run },
    { 0, "seed", "N", NULL, "of initial weights, order and dropout", take_run },
    { 0, "threads", "N", NULL, "processors to use; 0: all", take_run },
    { 0, "precision", "KIND", NULL, "fp32 (default), tf32, bf16, fp16", take_choice },
    { 0, "conv", "KIND", NULL, "convolutions: auto (default), direct, winograd", take_choice },
    { 0, "tune", "KIND", NULL, "search for the fastest: off, quick (default), full", take_choice },
    { 0, "deterministic", NULL, NULL, "equal inputs must give equal bits", take_flag },
    { 0, "resume", "[=auto]", "train", "goes on from the last checkpoint; auto: if there is one",
      take_start },
    { 0, "overwrite", NULL, "train", "replaces the run that the output folder holds", take_start },
    { 0, "allow-changed", NULL, "train, eval, predict", "accepts a run of another configuration",
      take_flag },
    { 'w', "weights", "FILE", "eval, predict, compare", "a safetensors file", take_weights },
    { 'n', "count", "N", "predict", "so many test images; default 5", take_count },
    { 0, "backends", "A,B", "compare", "the first is the reference", take_backends },
    { 0, "phase", "KIND", "compare, bench", "infer or train-step (default)", take_phase },
    { 0, "batch", "N", "compare, bench", "images; default 4, and the cfg's", take_count },
    { 0, "steps", "N", "bench", "timed steps; default 10", take_count },
    { 0, "warmup", "N", "bench", "untimed steps before; default 3", take_count },
    { 0, "loader", NULL, "bench", "batches from the data set, not one resident", take_flag },
    { 0, "algorithms", NULL, "summary", "how the backend computes each operator", take_flag },
    { 0, "limit", "X", "compare", "largest relative difference; default 1e-4", take_limit },
    { 0, "dry-run", NULL, "train, eval, predict", "everything up to step 1", take_flag },
    { 0, "plugin-path", "FOLDERS", NULL, "searched for plugins first; separated by ':'",
      take_plugin_path },
    { 0, "json", NULL, NULL, "results as JSON", take_flag },
    { 'q', "quiet", NULL, NULL, "no progress, no summary", take_flag },
    { 'v', "verbose", NULL, NULL, "what is loaded and chosen", take_flag },
    { 'h', "help", NULL, NULL, "this text", take_flag },
    { 0, "version", NULL, NULL, "the version", take_flag },
};
enum { N_OPTIONS = sizeof table / sizeof *table };
_Static_assert(N_OPTIONS <= 32, "rn_options.given has a bit for each");

static const char *const verbs[] = {
    "train", "eval", "predict", "summary", "compare", "bench", NULL
};

static rn_status unknown_option(const char *argument)
{
    const char *names[N_OPTIONS + 1] = { 0 };
    char name[64];
    for (int i = 0; i < N_OPTIONS; i++)
        names[i] = table[i].name;
    snprintf(name, sizeof name, "%.*s", (int)strcspn(argument + 2, "="), argument + 2);
    const char *near = rn_nearest(name, names);
    return rn_fail(RN_E_USAGE, "unknown option %s%s%s; see resnet-run --help", argument,
                   near ? "; did you mean --" : "", near ? near : "");
}

/* The row of "--name" or "--name=value"; NULL where there is none. */
static const option *find_name(const char *argument)
{
    size_t length = strcspn(argument + 2, "=");
    for (int i = 0; i < N_OPTIONS; i++)
        if (strlen(table[i].name) == length && !strncmp(argument + 2, table[i].name, length))
            return &table[i];
    return NULL;
}

static const option *find_letter(char letter)
{
    for (int i = 0; i < N_OPTIONS; i++)
        if (table[i].letter == letter)
            return &table[i];
    return NULL;
}

/* The arguments, and how far they have been read. */
typedef struct arguments {
    char **next;          /* ends with NULL */
    bool no_more_options; /* after "--" */
} arguments;

/* Takes an option and its value: what is `attached` to it, or else the next argument. */
static rn_status take(rn_options *options, const option *o, const char *attached, arguments *rest)
{
    options->given |= 1u << (o - table);
    if (o->value && o->value[0] == '[')
        return o->take(options, o->name, attached);
    if (!o->value)
        return attached ? rn_fail(RN_E_USAGE, "--%s takes no value", o->name)
                        : o->take(options, o->name, NULL);
    if (!attached && !*rest->next)
        return rn_fail(RN_E_USAGE, "--%s needs a value: --%s=%s", o->name, o->name, o->value);
    return o->take(options, o->name, attached ? attached : *rest->next++);
}

/* "-x", "-xVALUE", or several flags in one: "-qv". */
static rn_status read_letters(rn_options *options, const char *argument, arguments *rest)
{
    rn_status status = RN_OK;
    for (const char *at = argument + 1; *at && !status; at++) {
        const option *o = find_letter(*at);
        if (!o)
            return unknown_option(argument);
        if (o->value)
            return take(options, o, at[1] ? at + 1 : NULL, rest);
        status = take(options, o, NULL, rest);
    }
    return status;
}

static rn_status read_option(rn_options *options, const char *argument, arguments *rest)
{
    if (argument[1] != '-')
        return read_letters(options, argument, rest);
    const option *o = find_name(argument);
    const char *equals = strchr(argument, '=');
    return o ? take(options, o, equals ? equals + 1 : NULL, rest) : unknown_option(argument);
}

static bool is_verb(const char *word)
{
    for (int i = 0; verbs[i]; i++)
        if (strcmp(word, verbs[i]) == 0)
            return true;
    return false;
}

static rn_status read_word(rn_options *options, const char *word)
{
    if (!options->verb && !options->cfg && is_verb(word)) {
        options->verb = word;
        return RN_OK;
    }
    if (options->cfg) {
        const char *near = options->verb ? NULL : rn_nearest(options->cfg, verbs);
        return rn_fail(RN_E_USAGE, "unexpected argument \"%s\" after %s%s%s%s", word, options->cfg,
                       near ? "; did you mean the command \"" : "", near ? near : "",
                       near ? "\"?" : "");
    }
    options->cfg = word;
    return RN_OK;
}

rn_status rn_options_read(int argc, char **argv, rn_options *options)
{
    rn_status status = RN_OK;
    *options = (rn_options){ .run.count = 5,
                             .compare.limit = 1e-4,
                             .train_step = true,
                             .bench = { .steps = 10, .warmup = 3 } };
    arguments rest = { .next = argv + (argc > 0) };
    /* After --help nothing else matters. */
    while (*rest.next && !status && !options->help && !options->version) {
        const char *word = *rest.next++;
        if (rest.no_more_options || word[0] != '-' || !word[1])
            status = read_word(options, word);
        else if (strcmp(word, "--") == 0)
            rest.no_more_options = true;
        else
            status = read_option(options, word, &rest);
    }
    if (status || options->help || options->version)
        return status;
    if (!options->cfg)
        return rn_fail(RN_E_USAGE, "no cfg given; try: resnet-run train MODEL.cfg, or --help");
    return RN_OK;
}

rn_status rn_options_check(const rn_options *options, const char *verb)
{
    for (int i = 0; i < N_OPTIONS; i++)
        if (options->given >> i & 1 && table[i].verbs && !strstr(table[i].verbs, verb))
            return rn_fail(RN_E_USAGE, "--%s is for %s, not for %s%s", table[i].name,
                           table[i].verbs, verb,
                           strcmp(table[i].name, "batch") == 0 ? "; use --set train.batch=N" : "");
    return RN_OK;
}

void rn_options_clear(rn_options *options)
{
    for (int i = 0; i < options->n_settings; i++)
        free(options->settings[i]);
    options->n_settings = 0;
}

void rn_options_help(FILE *stream)
{
    fputs("Usage: resnet-run [OPTION]… [COMMAND] MODEL.cfg\n"
          "Trains and runs residual networks on any vendor's hardware.\n\n"
          "Commands (default: the cfg's run.action):\n"
          "  train      trains, validates after each epoch, saves weights and curve\n"
          "  eval       loss and accuracy of trained weights\n"
          "  predict    labels test images\n"
          "  summary    table of layers, parameters, multiply-adds, memory plan\n"
          "  compare    runs the same weights on several backends, layer by layer\n"
          "  bench      times steps, whole and operator by operator\n\n"
          "Options:\n",
          stream);
    for (int i = 0; i < N_OPTIONS; i++) {
        char text[64];
        const char *value = table[i].value ? table[i].value : "";
        snprintf(text, sizeof text, "--%s%s%s", table[i].name, *value && *value != '[' ? "=" : "",
                 value);
        fprintf(stream, "  %c%c%c %-26s %s%s%s\n", table[i].letter ? '-' : ' ',
                table[i].letter ? table[i].letter : ' ', table[i].letter ? ',' : ' ', text,
                table[i].verbs ? table[i].verbs : "", table[i].verbs ? ": " : "", table[i].help);
    }
    fputs("\nExit status: 0 done; 1 a limit is missed; 2 usage or cfg; 3 backend or plugin;\n"
          "4 data or weights; 5 diverged; 6 out of memory; 130, 143 stopped by Ctrl-C or SIGTERM,\n"
          "after a checkpoint.\n"
          "See resnet-run(1), resnet-run.cfg(5).\n",
          stream);
}
