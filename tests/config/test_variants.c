/* test_variants.c: the variants of a study: their names, what they change, what overrides them. */
#include <string.h>

#include "base/status.h"
#include "config/config.h"
#include "config/variants.h"
#include "support/check.h"

static rn_status load(const char *variant, const char *setting, rn_config **config)
{
    char path[CHECK_PATH_MAX];
    rn_config_source source = { .path = check_source(path, "tests/config/good/study.cfg"),
                                .settings = &setting,
                                .n_settings = setting ? 1 : 0,
                                .variant = variant };
    return rn_config_load_source(&source, config);
}

static rn_config *loaded(const char *variant, const char *setting)
{
    rn_config *config = NULL;
    CU_ASSERT_EQUAL_FATAL(load(variant, setting, &config), RN_OK);
    return config;
}

static void test_names(void)
{
    static const char *const names[] = {
        "base,epochs=3,init=pytorch", "base,epochs=3,init=he_normal",
        "base,epochs=4,init=pytorch", "base,epochs=4,init=he_normal",
        "fast,epochs=3,init=pytorch", "fast,epochs=3,init=he_normal",
        "fast,epochs=4,init=pytorch", "fast,epochs=4,init=he_normal",
    };
    rn_variants variants;
    rn_config *config = loaded(NULL, NULL);
    CU_ASSERT_EQUAL(rn_variants_read(config->tree, &variants), RN_OK);
    CU_ASSERT_EQUAL_FATAL(variants.count, (int)(sizeof names / sizeof *names));
    for (int i = 0; i < variants.count; i++)
        CU_ASSERT_STRING_EQUAL(variants.at[i].name, names[i]);
    rn_variants_clear(&variants);
    rn_config_destroy(config);
}

/* Numbers have the fewest digits that read back as the same. */
static void test_grid_alone(void)
{
    static const char *const names[] = { "learning_rate=0.1", "learning_rate=1e-05",
                                         "learning_rate=2" };
    rn_variants variants;
    rn_tree *tree = NULL;
    CU_ASSERT_EQUAL_FATAL(rn_tree_load_text("grid",
                                            "study = { grid = ( { key = \"train.learning_rate\"; "
                                            "values = (0.10, 0.00001, 2); } ); };",
                                            &tree),
                          RN_OK);
    CU_ASSERT_EQUAL(rn_variants_read(tree, &variants), RN_OK);
    CU_ASSERT_EQUAL_FATAL(variants.count, 3);
    for (int i = 0; i < variants.count; i++)
        CU_ASSERT_STRING_EQUAL(variants.at[i].name, names[i]);
    rn_variants_clear(&variants);
    rn_tree_destroy(tree);
}

static void test_changes(void)
{
    rn_config *c = loaded(NULL, NULL);
    CU_ASSERT_EQUAL(c->study.n_seeds, 2);
    CU_ASSERT_EQUAL(c->study.seeds[0], 3);
    CU_ASSERT_STRING_EQUAL(c->study.metric, "validation_loss");
    CU_ASSERT_EQUAL(c->study.jobs, 2);
    CU_ASSERT_EQUAL(c->train.epochs, 10);
    rn_config_destroy(c);
    c = loaded("fast,epochs=4,init=pytorch", NULL);
    CU_ASSERT_EQUAL(c->train.learning_rate, 0.5);
    CU_ASSERT_EQUAL(c->data.mean[0], 0.25);
    CU_ASSERT_EQUAL(c->train.epochs, 4);
    CU_ASSERT_EQUAL(c->network.init, RN_WEIGHT_INIT_PYTORCH);
    CU_ASSERT_STRING_EQUAL(c->name, "study");
    CU_ASSERT_EQUAL(c->network.layers->n_children, 2);
    rn_config_destroy(c);
}

static void test_settings(void)
{
    rn_config *c = loaded("fast,epochs=4,init=pytorch", "train.learning_rate=0.2");
    CU_ASSERT_EQUAL(c->train.learning_rate, 0.2);
    rn_config_destroy(c);
    rn_variants variants;
    c = loaded(NULL, "study.grid=( { key = \"train.epochs\"; values = [5]; } )");
    CU_ASSERT_EQUAL(rn_variants_read(c->tree, &variants), RN_OK);
    CU_ASSERT_EQUAL_FATAL(variants.count, 2);
    CU_ASSERT_STRING_EQUAL(variants.at[1].name, "fast,epochs=5");
    rn_variants_clear(&variants);
    rn_config_destroy(c);
}

static void test_unknown(void)
{
    rn_config *config = NULL;
    CU_ASSERT_TRUE(check_failed(load("fast,epochs=4,init=pytorc", NULL, &config), RN_E_USAGE,
                                "did you mean \"fast,epochs=4,init=pytorch\""));
    CU_ASSERT_TRUE(check_failed(load("base", NULL, &config), RN_E_USAGE, "no such variant"));
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "names", test_names },
        { "a grid alone", test_grid_alone },
        { "changes", test_changes },
        { "--set has the last word", test_settings },
        { "an unknown variant", test_unknown },
        CU_TEST_INFO_NULL,
    };
    return check_run("variants", tests);
}
