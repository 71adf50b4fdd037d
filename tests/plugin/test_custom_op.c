/* test_custom_op.c: operators that plugins bring: those with a fault are refused by name, wherever
 * it shows; one without trains. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "graph/net.h"
#include "passes/parallel.h"
#include "plugin/plugin_rig.h"
#include "support/net_harness.h"
#include "train/synthetic.h"

#define BATCH 2
#define N_INITIAL 4096 /* elements of faulty.c's parameter */

static const char CFG[] =
    "network = { input = { channels = 1; height = 4; width = 4; }; classes = 2; layers = (\n"
    "  { block = \"conv2d\"; channels = 4; kernel = 3; padding = 1; },\n"
    "  { block = \"faulty\"; }, { block = \"global_avg_pool\"; }, { block = \"flatten\"; },\n"
    "  { block = \"linear\"; name = \"fc\"; } ); };\n";

typedef struct fault {
    const char *name;
    rn_status status;
    const char *words;
} fault;

/* Compiles the plugin with a fault, and opens a registry that finds it first. */
static rn_registry *registry_with(const char *name)
{
    char path[CHECK_PATH_MAX], folder[64], file[96], flags[64], search[CHECK_PATH_MAX];
    rn_registry *registry = NULL;
    snprintf(folder, sizeof folder, "fault_%s", name);
    snprintf(file, sizeof file, "%s/faulty.so", folder);
    snprintf(flags, sizeof flags, "-fvisibility=hidden -DFAULT=%s", name);
    plugin_folder(search, folder);
    CU_ASSERT_TRUE_FATAL(plugin_compile("../ops/faulty", check_scratch(path, file), flags));
    CU_ASSERT_EQUAL_FATAL(rn_registry_create(search, &registry), RN_OK);
    return registry;
}

/* ---- In the tables ---- */

static void test_tables(void)
{
    static const fault faults[] = {
        { "NO_LIST", RN_E_PLUGIN, "its n_ops is 0, expected 1 to 256" },
        { "NO_OPS", RN_E_PLUGIN, "slot \"ops\" of its rn_custom_ops is missing" },
        { "NULL_OP", RN_E_PLUGIN, "one of its operators is NULL" },
        { "SHORT_OP", RN_E_PLUGIN, "operator: the size of its rn_custom_op is 8" },
        { "NO_RUN", RN_E_PLUGIN, "operator: slot \"run\" of its rn_custom_op is missing" },
        { "BAD_NAME", RN_E_PLUGIN, "its operator \"Same\" has a wrong name" },
        { "TWINS", RN_E_PLUGIN, "it has two operators called \"same\"" },
        { "TOO_MANY_INPUTS", RN_E_PLUGIN, "operator faulty/same: n_inputs is 9, expected 1 to 8" },
        { "BAD_FLAG", RN_E_PLUGIN, "operator faulty/same: deterministic is 2, expected 0 or 1" },
        { "BAD_ATTR", RN_E_PLUGIN, "operator faulty/same" },
        { "BAD_ENTRY", RN_E_PLUGIN,
          "operator faulty/same: OpenCL source: its entry is \"a b\", expected the name of a "
          "function" },
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        const rn_loaded_plugin *plugin = NULL;
        rn_registry *registry = registry_with(faults[i].name);
        rn_status status = rn_registry_load(registry, "faulty", &plugin);
        CU_ASSERT(check_failed(status, faults[i].status, faults[i].words));
        rn_registry_destroy(registry);
    }
}

/* ---- In a network ---- */

static rn_status step(rn_session *session, rn_pass_plans *plans)
{
    rn_synthetic images = { 0 };
    rn_step_result result;
    const rn_step_params params = { .learning_rate = 0.1 };
    rn_status status = rn_store_initialise(session->store, session->config->network.init, 1);
    if (!status)
        status = rn_synthetic_make(session->config, BATCH, &images);
    if (!status)
        status = rn_step_run(session, plans, &images.batch, &params, &result);
    rn_synthetic_clear(&images);
    return status;
}

/* Takes a step of training with the faulty block. */
static rn_status train(const op_backend *backend, rn_registry *registry)
{
    rn_session *session = NULL;
    rn_pass_plans *plans = NULL;
    rn_config *config = net_config_text("faulty.cfg", CFG, backend);
    CU_ASSERT_PTR_NOT_NULL_FATAL(config);
    config->backend.deterministic = true;
    rn_status status = rn_session_open(config, registry, &session);
    if (!status)
        status = rn_session_add(session, RN_PASS_TRAIN, BATCH, false, &plans);
    if (!status)
        status = rn_session_bind(session);
    if (!status)
        status = step(session, plans);
    rn_session_close(session);
    rn_config_destroy(config);
    return status;
}

/* Search paths end in the tests' own, where the backends are. */
static void check_fault(const op_backend *backend, const fault *f)
{
    rn_registry *registry = registry_with(f->name);
    rn_status status = train(backend, registry);
    bool is_right = f->status ? check_failed(status, f->status, f->words) : !status;
    op_check(is_right, "%s on %s: status %d, %s", f->name, backend->label, (int)status,
             rn_fail_text());
    rn_registry_destroy(registry);
}

static const fault faults[] = {
    { "NOTHING", RN_OK, "" },
    { "RANK_0", RN_E_PLUGIN,
      "operator faulty/same: its \"shape\" gives output 0 the rank 0, expected 1 to 8" },
    { "EMPTY", RN_E_SHAPE, "operator faulty/same: output 0" },
    { "SHAPE_SAYS_NOTHING", RN_E_SHAPE,
      "operator faulty/same: its \"shape\": failed with status 4 and gave no reason" },
    { "NEGATIVE_COST", RN_E_PLUGIN, "operator faulty/same: its \"cost\" is negative" },
    { "NO_GRADIENT", RN_E_UNSUPPORTED, "operator faulty/same has no gradient" },
    { "GRADIENT_GIVES_NONE", RN_E_PLUGIN, "its \"gradient\" gives none of input 0" },
    { "GRADIENT_GIVES_GARBAGE", RN_E_PLUGIN,
      "its \"gradient\" of input 0 is no value of this graph" },
    { "GRADIENT_OF_OTHER_SHAPE", RN_E_SHAPE, "is (2, 4, 1, 1), expected (2, 4, 4, 4)" },
    { "GRADIENT_HAS_WEIGHTS", RN_E_PLUGIN, "its \"gradient\" makes the parameter" },
    { "GRADIENT_HAS_PARAMETER", RN_E_PLUGIN, "a gradient cannot make parameters" },
    { "GRADIENT_FAILS", RN_E_UNSUPPORTED,
      "operator faulty/same: its \"gradient\": no gradient of so many pixels" },
    { "UNKNOWN_OP", RN_E_CONFIG, "plugin \"faulty\" has no operator \"smae\"; it has faulty/same" },
    { "UNKNOWN_PLUGIN", RN_E_PLUGIN, "there is no plugin \"nowhere\"" },
    { "UNKNOWN_SETTING", RN_E_CONFIG, "cuont" },
    { "BAD_SETTING", RN_E_CONFIG, "count" },
    { "THREE_INPUTS", RN_E_SHAPE, "same takes 1 to 1 inputs, not 3" },
    { "NULL_INPUT", RN_E_PLUGIN, "same: input 0 is NULL" },
    { "ONE_OUTPUT_TOO_MANY", RN_E_PLUGIN, "same has 1 outputs, and the call has room for 2" },
    { "PARAMETER_TWICE", RN_E_CONFIG, "two parameters are called \"faulty.table\"" },
    { "PARAMETER_OF_RANK_9", RN_E_SHAPE, "parameter \"table\": rank is 9, expected 1 to 8" },
    { "PARAMETER_OF_NO_KIND", RN_E_PLUGIN, "parameter \"table\": init is 7" },
    { "PARAMETER_NOT_FINITE", RN_E_PLUGIN, "parameter \"table\": value is inf" },
    { "RUN_FAILS", RN_E_DATA, "operator faulty/same: its \"run\": found no table" },
    { "HUGE_WORKSPACE", RN_E_PLUGIN, "bytes of workspace" },
    { "NOT_DETERMINISTIC", RN_E_UNSUPPORTED, "--deterministic does not allow" },
};

/* The oracle is the first. */
static void test_network(const op_backend *unused, const void *subject)
{
    (void)unused;
    check_fault(op_backend_at(0), subject);
}

static void test_source(const op_backend *backend, const void *subject)
{
    static const fault bad_group = { "HUGE_GROUP", RN_E_PLUGIN,
                                     "its \"launch\": it asks for group[0] = 257, expected 1 to "
                                     "256" };
    static const fault bad_text = { "BAD_TEXT", RN_E_DEVICE, "operator faulty/same" };
    (void)subject;
    if (strcmp(backend->table->name, "opencl") != 0)
        return;
    check_fault(backend, &bad_group);
    check_fault(backend, &bad_text);
}

/* ---- Initial values ---- */

static void check_initial(const char *name, double deviation, double most)
{
    double squares = 0, largest = 0;
    rn_session *session = NULL;
    rn_pass_plans *plans = NULL;
    rn_registry *registry = registry_with(name);
    rn_config *config = net_config_text("faulty.cfg", CFG, op_backend_at(0));
    float *values = calloc(N_INITIAL, sizeof *values);
    CU_ASSERT_FATAL(config != NULL && values != NULL);
    CU_ASSERT_EQUAL_FATAL(rn_session_open(config, registry, &session), RN_OK);
    CU_ASSERT_EQUAL_FATAL(rn_session_add(session, RN_PASS_TRAIN, BATCH, false, &plans), RN_OK);
    CU_ASSERT_EQUAL_FATAL(rn_session_bind(session), RN_OK);
    CU_ASSERT_EQUAL_FATAL(step(session, plans), RN_OK);
    const rn_store_entry *entry = rn_store_find(session->store, "faulty.table");
    CU_ASSERT_PTR_NOT_NULL_FATAL(entry);
    CU_ASSERT_EQUAL(rn_store_download(session->store, entry, values), RN_OK);
    for (int i = 0; i < N_INITIAL; i++) {
        squares += (double)values[i] * (double)values[i];
        largest = fmax(largest, fabs((double)values[i]));
    }
    op_check(fabs(sqrt(squares / N_INITIAL) - deviation) < 0.05 * deviation && largest <= most,
             "%s: deviation %g, largest %g", name, sqrt(squares / N_INITIAL), largest);
    free(values);
    rn_session_close(session);
    rn_config_destroy(config);
    rn_registry_destroy(registry);
}

static void test_initial(const op_backend *unused, const void *subject)
{
    (void)unused;
    (void)subject;
    check_initial("PARAMETER_NORMAL", 0.5, 5 * 0.5);
    check_initial("PARAMETER_UNIFORM", 0.5 / sqrt(3), 0.5);
}

/* ---- On several devices ---- */

static void test_ranks(const op_backend *unused, const void *subject)
{
    rn_dag *dag = NULL;
    rn_registry *registry = registry_with("COUPLES");
    rn_config *config = net_config_text("faulty.cfg", CFG, op_backend_at(0));
    const rn_net_params params = { .config = config,
                                   .registry = registry,
                                   .batch = BATCH,
                                   .training = true,
                                   .mask_dtype = RN_U8,
                                   .has_labels = true };
    (void)unused;
    (void)subject;
    CU_ASSERT_PTR_NOT_NULL_FATAL(config);
    CU_ASSERT_EQUAL_FATAL(rn_net_build(&params, &dag), RN_OK);
    CU_ASSERT(check_failed(rn_parallel_mark(dag, 0, 1), RN_E_UNSUPPORTED,
                           "operator faulty/same reads other samples of the batch"));
    rn_dag_destroy(dag);
    rn_registry_destroy(registry);
    rn_config_destroy(config);
}

static void test_all_tables(const op_backend *unused, const void *subject)
{
    (void)unused;
    (void)subject;
    test_tables();
}

int main(void)
{
    op_backends_open();
    op_tests_add_once("tables", test_all_tables, NULL);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        op_tests_add_once(faults[i].name, test_network, &faults[i]);
    op_tests_add_once("initial values of parameters", test_initial, NULL);
    op_tests_add("sources", test_source, NULL);
    op_tests_add_once("several devices", test_ranks, NULL);
    int result = op_tests_run("operators of plugins");
    net_registry_close();
    return result;
}
