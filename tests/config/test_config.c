/* test_config.c: cfgs are read into typed values; the message of every kind of error. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/status.h"
#include "config/config.h"
#include "config/config_origin.h"
#include "data/pipeline.h"
#include "graph/net.h"
#include "io/file.h"
#include "passes/groups.h"
#include "support/check.h"

static rn_registry *registry;

static rn_status make_pipelines(const rn_config *config)
{
    rn_status status = RN_OK;
    for (int split = RN_SPLIT_TRAIN; split <= RN_SPLIT_VALIDATION && !status; split++) {
        rn_pipeline *pipeline = NULL;
        status = rn_pipeline_create(config, (rn_split)split, config->network.channels,
                                    (rn_size){ 0, 0 }, &pipeline);
        rn_pipeline_destroy(pipeline);
    }
    return status;
}

/* Loads a cfg, makes its transforms and builds its network; each finds errors in a cfg. */
static rn_status load_and_build(const char *path, const char *const *settings, int n_settings)
{
    rn_config *config = NULL;
    rn_dag *dag = NULL;
    rn_status status = rn_config_load(path, settings, n_settings, &config);
    if (status)
        return status;
    rn_net_params params = { .config = config,
                             .registry = registry,
                             .batch = 2,
                             .training = true,
                             .mask_dtype = RN_BIT,
                             .has_labels = true };
    status = make_pipelines(config);
    if (!status)
        status = rn_net_build(&params, &dag);
    if (!status)
        status = rn_groups_apply(dag, config);
    rn_dag_destroy(dag);
    rn_config_destroy(config);
    return status;
}

/* Replaces every `what` in `text`, which has enough memory for the result. */
static void replace(char *text, const char *what, const char *with)
{
    for (char *at = text; (at = strstr(at, what)); at += strlen(with)) {
        memmove(at + strlen(with), at + strlen(what), strlen(at + strlen(what)) + 1);
        memcpy(at, with, strlen(with));
    }
}

/* Formats "RN_E_CONFIG\nmessage\n", with the folders removed from the message. */
static void describe(rn_status status, const char *folder, char text[CHECK_PATH_MAX])
{
    const char *models = getenv("RESNET_MODELS_PATH"), *plugins = getenv("RESNET_PLUGIN_PATH");
    char prefix[2 * CHECK_PATH_MAX];
    snprintf(text, CHECK_PATH_MAX, "%s\n%s\n", rn_status_name(status), rn_fail_text());
    snprintf(prefix, sizeof prefix, "%s/", folder);
    replace(text, prefix, "");
    if (models && *models)
        replace(text, models, "MODELS");
    if (plugins && *plugins)
        replace(text, plugins, "PLUGINS");
}

/* NAME.cfg (which may be missing, or a folder) fails with the message in NAME.expected. */
static void check_bad(const char *folder, const char *name)
{
    char path[2 * CHECK_PATH_MAX], found[CHECK_PATH_MAX];
    uint8_t *expected = NULL;
    uint64_t size_bytes;
    snprintf(path, sizeof path, "%s/%s.expected", folder, name);
    CU_ASSERT_EQUAL_FATAL(rn_file_read(path, &expected, &size_bytes), RN_OK);
    snprintf(path, sizeof path, "%s/%s.cfg", folder, name);
    describe(load_and_build(path, NULL, 0), folder, found);
    bool is_expected = !strcmp(found, (const char *)expected);
    CU_ASSERT_TRUE(is_expected);
    if (!is_expected)
        check_note("%s.cfg: found %s    expected %s", name, found, (const char *)expected);
    free(expected);
    rn_fail_clear();
}

static void test_bad(void)
{
    char folder[CHECK_PATH_MAX];
    struct dirent **names = NULL;
    int done = 0,
        count = scandir(check_source(folder, "tests/config/bad"), &names, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        char *dot = strrchr(names[i]->d_name, '.');
        if (dot && !strcmp(dot, ".expected")) {
            *dot = 0;
            check_bad(folder, names[i]->d_name);
            done++;
        }
        free(names[i]);
    }
    free(names);
    CU_ASSERT_TRUE(done >= 60);
}

/* Not in bad/, because the message names the folders of this installation. */
static void test_unknown_plugin(void)
{
    char path[CHECK_PATH_MAX];
    check_source(path, "tests/config/bad/plugin_unknown.cfg");
    CU_ASSERT_TRUE(check_failed(load_and_build(path, NULL, 0), RN_E_PLUGIN,
                                "plugin_unknown.cfg:4: there is no plugin \"nowhere\""));
}

static rn_config *load_with(const char *name, const char *setting)
{
    char path[CHECK_PATH_MAX], file[64];
    rn_config *config = NULL;
    snprintf(file, sizeof file, "tests/config/good/%s.cfg", name);
    rn_status status = rn_config_load(check_source(path, file), &setting, setting ? 1 : 0, &config);
    if (status)
        check_note("%s", rn_fail_text());
    CU_ASSERT_EQUAL_FATAL(status, RN_OK);
    return config;
}

static void test_defaults(void)
{
    rn_config *config = load_with("tiny", NULL);
    CU_ASSERT_STRING_EQUAL(config->name, "tiny");
    CU_ASSERT_STRING_EQUAL(config->run.output, "runs/tiny");
    CU_ASSERT_EQUAL(config->run.action, RN_ACTION_TRAIN);
    CU_ASSERT_STRING_EQUAL(config->backend.name, "cpu_blas");
    CU_ASSERT_EQUAL(config->backend.tune, RN_TUNING_QUICK);
    CU_ASSERT_EQUAL(config->backend.memory, RN_MEMORY_FAST);
    CU_ASSERT_EQUAL(config->train.epochs, 10);
    CU_ASSERT_TRUE(config->train.decay_norm);
    CU_ASSERT_EQUAL(config->train.n_milestones, 0);
    CU_ASSERT_EQUAL(config->data.n_mean, 1);
    CU_ASSERT_EQUAL(config->data.mean[0], 0);
    CU_ASSERT_EQUAL(config->data.n_std, 1);
    CU_ASSERT_EQUAL(config->data.std[0], 1);
    rn_config_destroy(config);
}

static void check_everything_but_train(const rn_config *c)
{
    CU_ASSERT_STRING_EQUAL(c->name, "every thing-1.0");
    CU_ASSERT_EQUAL(c->run.action, RN_ACTION_SUMMARY);
    CU_ASSERT_STRING_EQUAL(c->run.output, "out/here");
    CU_ASSERT_EQUAL(c->run.seed, 4294967295);
    CU_ASSERT_EQUAL(c->run.threads, 2);
    CU_ASSERT_STRING_EQUAL(c->backend.name, "reference");
    CU_ASSERT_STRING_EQUAL(c->backend.device, "1");
    CU_ASSERT_EQUAL(c->backend.precision, RN_PRECISION_BF16);
    CU_ASSERT_EQUAL(c->backend.tune, RN_TUNING_FULL);
    CU_ASSERT_EQUAL(c->backend.memory, RN_MEMORY_LEAN);
    CU_ASSERT_TRUE(c->backend.deterministic);
    CU_ASSERT_TRUE(c->backend.strict);
    CU_ASSERT_EQUAL(c->network.channels, 3);
    CU_ASSERT_EQUAL(c->network.height, 5);
    CU_ASSERT_EQUAL(c->network.width, 7);
    CU_ASSERT_EQUAL(c->network.classes, 3);
    CU_ASSERT_EQUAL(c->network.init, RN_WEIGHT_INIT_PYTORCH);
    CU_ASSERT_EQUAL(c->network.layers->n_children, 2);
    CU_ASSERT_STRING_EQUAL(c->data.path, "/data");
    CU_ASSERT_EQUAL(c->data.n_mean, 3);
    CU_ASSERT_EQUAL(c->data.mean[2], 0.3);
    CU_ASSERT_EQUAL(c->data.n_std, 3);
    CU_ASSERT_EQUAL(c->data.std[1], 2);
    CU_ASSERT_EQUAL(c->data.train_limit, 100);
    CU_ASSERT_EQUAL(c->data.validation_limit, 10);
}

static void test_everything(void)
{
    rn_config *c = load_with("everything", NULL);
    check_everything_but_train(c);
    CU_ASSERT_EQUAL(c->train.epochs, 16);
    CU_ASSERT_EQUAL(c->train.batch, 8);
    CU_ASSERT_EQUAL(c->train.eval_batch, 9);
    CU_ASSERT_EQUAL(c->train.max_steps, 5000000000);
    CU_ASSERT_EQUAL(c->train.learning_rate, 0.05);
    CU_ASSERT_EQUAL(c->train.momentum, 0.9);
    CU_ASSERT_EQUAL(c->train.weight_decay, 1e-4);
    CU_ASSERT_EQUAL(c->train.label_smoothing, 0.1);
    CU_ASSERT_TRUE(c->train.nesterov && c->train.drop_last);
    CU_ASSERT_FALSE(c->train.decay_norm || c->train.decay_bias);
    CU_ASSERT_EQUAL(c->train.schedule, RN_SCHEDULE_STEP);
    CU_ASSERT_EQUAL(c->train.n_milestones, 2);
    CU_ASSERT_EQUAL(c->train.milestones[1], 8);
    CU_ASSERT_EQUAL(c->train.gamma, 0.5);
    CU_ASSERT_EQUAL(c->train.warmup_epochs, 1);
    CU_ASSERT_EQUAL(c->train.best, RN_BEST_TRAIN_LOSS);
    CU_ASSERT_EQUAL(c->train.keep_last, 3);
    CU_ASSERT_EQUAL(c->train.stop_after, 5);
    CU_ASSERT_EQUAL(c->train.min_delta, 0.25);
    CU_ASSERT_EQUAL(c->train.max_time_s, 5400);
    CU_ASSERT_TRUE(c->log.tensorboard);
    rn_config_destroy(c);
}

/* Where values come from: this file, one that it extends, the command line, nowhere. */
static void test_origins(void)
{
    static const struct {
        const char *name, *origin; /* NULL: a default */
    } cases[] = {
        { "train.epochs", "grandchild.cfg:4" },
        { "network.layers[0].block", "grandchild.cfg:3" },
        { "network.input.width", "child.cfg:4" },
        { "train.learning_rate", "command line" },
        { "train.momentum", NULL },
        { "network.layers[99].block", NULL },
        { "nothing", NULL },
    };
    rn_config *c = load_with("grandchild", "train.learning_rate=0.5");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char origin[RN_ORIGIN_SIZE] = "";
        CU_ASSERT_EQUAL(rn_config_origin(c, cases[i].name, origin), cases[i].origin != NULL);
        CU_ASSERT_STRING_EQUAL(origin, cases[i].origin ? cases[i].origin : "");
    }
    rn_config_destroy(c);
}

static void test_extends(void)
{
    rn_config *c = load_with("grandchild", NULL);
    CU_ASSERT_STRING_EQUAL(c->name, "child");
    CU_ASSERT_EQUAL(c->network.channels, 1);
    CU_ASSERT_EQUAL(c->network.height, 8);
    CU_ASSERT_EQUAL(c->network.width, 12);
    CU_ASSERT_EQUAL(c->network.layers->n_children, 3);
    CU_ASSERT_EQUAL(c->train.epochs, 5);
    CU_ASSERT_EQUAL(c->train.learning_rate, 1.0);
    rn_config_destroy(c);
}

static void test_include(void)
{
    rn_config *c = load_with("include", NULL);
    CU_ASSERT_EQUAL(c->train.batch, 16);
    CU_ASSERT_EQUAL(c->train.momentum, 0.5);
    CU_ASSERT_EQUAL(c->data.mean[0], 0.25);
    CU_ASSERT_EQUAL(c->data.std[0], 2);
    rn_config_destroy(c);
}

static void test_arch(void)
{
    rn_config *c = load_with("arch", NULL);
    CU_ASSERT_EQUAL(c->network.classes, 100);
    CU_ASSERT_EQUAL(c->network.height, 32);
    CU_ASSERT_EQUAL(c->network.layers->n_children, 9);
    /* The model's training settings and image mean are not taken over. */
    CU_ASSERT_EQUAL(c->train.epochs, 2);
    CU_ASSERT_EQUAL(c->train.weight_decay, 0);
    CU_ASSERT_EQUAL(c->data.mean[0], 0);
    rn_config_destroy(c);
    c = load_with("arch", "network.arch=resnet18");
    CU_ASSERT_EQUAL(c->network.height, 224);
    CU_ASSERT_EQUAL(c->network.classes, 100);
    rn_config_destroy(c);
}

static void test_set(void)
{
    rn_config *c = load_with("tiny", "train={ epochs = 7; learning_rate = 0.5; }");
    CU_ASSERT_EQUAL(c->train.epochs, 7);
    CU_ASSERT_EQUAL(c->train.learning_rate, 0.5);
    rn_config_destroy(c);
    c = load_with("tiny", "run.output=/tmp/some where");
    CU_ASSERT_STRING_EQUAL(c->run.output, "/tmp/some where");
    rn_config_destroy(c);
    c = load_with("tiny", "run.output=\"quoted\"");
    CU_ASSERT_STRING_EQUAL(c->run.output, "quoted");
    rn_config_destroy(c);
    c = load_with("tiny", "backend.device=1"); /* a string key takes the text as typed */
    CU_ASSERT_STRING_EQUAL(c->backend.device, "1");
    rn_config_destroy(c);
    c = load_with("tiny", "data.mean=[0.5]");
    CU_ASSERT_EQUAL(c->data.mean[0], 0.5);
    rn_config_destroy(c);
    c = load_with("tiny", "network.input.width=9");
    CU_ASSERT_EQUAL(c->network.width, 9);
    rn_config_destroy(c);
    /* The command line may name a path to code; a cfg may not. */
    c = load_with("tiny", "backend.name=/opt/backend.so");
    CU_ASSERT_STRING_EQUAL(c->backend.name, "/opt/backend.so");
    rn_config_destroy(c);
}

static void test_set_mistakes(void)
{
    static const struct {
        rn_status status;
        const char *setting, *words;
    } cases[] = {
        { RN_E_USAGE, "train.epochs", "--set: found \"train.epochs\", expected key.path=value" },
        { RN_E_USAGE, "=3", "found \"\", expected keys with dots between them" },
        { RN_E_USAGE, "train..epochs=3", "expected keys with dots between them" },
        { RN_E_USAGE, "tra in.epochs=3", "found \"tra in\", expected keys" },
        { RN_E_USAGE, "extends=tiny.cfg", "--set: extends" },
        { RN_E_CONFIG, "train.epoch=3",
          "--set: train: unknown key \"epoch\"; did you mean \"epochs\"?" },
        { RN_E_CONFIG, "train.epochs=2.7", "--set: train: epochs: found the float 2.7, expected" },
        { RN_E_CONFIG, "train.epochs=5; batch = 3", "found \"5; batch = 3\", expected an integer" },
        { RN_E_CONFIG, "train.epochs=99999999999", "more than 32 bits, expected 99999999999L" },
        { RN_E_CONFIG, "train.epochs=", "found \"\", expected an integer" },
        { RN_E_CONFIG, "train=3", "train: found an integer, expected a group" },
        { RN_E_CONFIG, "network.layers.x=1", "layers is a list (" },
        { RN_E_CONFIG, "network.arch=resnet18", "found beside network.layers (" },
        { RN_E_CONFIG, "data.mean=[0.1", "is not closed" },
        { RN_E_CONFIG, "run.output=\"open", "has no end" },
        { RN_E_USAGE, "data.mean=[0.1, \"x\"]", "expected a value as in a cfg" },
        { RN_E_CONFIG, "name=a\n@include \"/etc/passwd\"", "name: found" },
    };
    char path[CHECK_PATH_MAX];
    check_source(path, "tests/config/good/tiny.cfg");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CU_ASSERT_TRUE(check_failed(load_and_build(path, &cases[i].setting, 1), cases[i].status,
                                    cases[i].words));
}

/* Files that cannot be part of a source tree. */
static void test_hostile_files(void)
{
    char path[CHECK_PATH_MAX];
    FILE *file = fopen(check_scratch(path, "large.cfg"), "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL(ftruncate(fileno(file), (off_t)1 << 40), 0);
    fclose(file);
    CU_ASSERT_TRUE(
        check_failed(load_and_build(path, NULL, 0), RN_E_CONFIG, "expected a cfg of at most"));
    CU_ASSERT_EQUAL(mkfifo(check_scratch(path, "pipe.cfg"), 0600), 0);
    CU_ASSERT_TRUE(check_failed(load_and_build(path, NULL, 0), RN_E_CONFIG, "not a file"));
    file = fopen(check_scratch(path, "chain0.cfg"), "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fputs("extends = \"chain1.cfg\";\n", file);
    fclose(file);
    for (int i = 1; i < 30; i++) {
        char name[32];
        snprintf(name, sizeof name, "chain%d.cfg", i);
        file = fopen(check_scratch(path, name), "w");
        CU_ASSERT_PTR_NOT_NULL_FATAL(file);
        fprintf(file, "extends = \"chain%d.cfg\";\n", i + 1);
        fclose(file);
    }
    check_scratch(path, "chain0.cfg");
    CU_ASSERT_TRUE(
        check_failed(load_and_build(path, NULL, 0), RN_E_CONFIG, "more than 16 files deep"));
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "invalid cfgs fail with their expected messages", test_bad },
        { "an unknown plugin is named with its line", test_unknown_plugin },
        { "missing keys take their defaults", test_defaults },
        { "every key sets its field", test_everything },
        { "where values come from", test_origins },
        { "extends merges groups and replaces the rest", test_extends },
        { "a file can be included anywhere", test_include },
        { "arch takes only the model's network", test_arch },
        { "--set reads values as in a cfg", test_set },
        { "errors in --set", test_set_mistakes },
        { "files that would hang or exhaust memory", test_hostile_files },
        CU_TEST_INFO_NULL,
    };
    if (rn_registry_create(NULL, &registry)) {
        printf("%s\n", rn_fail_text());
        return 1;
    }
    int result = check_run("config", tests);
    rn_registry_destroy(registry);
    return result;
}
