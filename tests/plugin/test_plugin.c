/* test_plugin.c: the search for plugins, and the messages for those that are refused. */
#define _GNU_SOURCE /* asprintf */
#include <elf.h>
#include <fcntl.h>
#include <fenv.h>
#include <locale.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/status.h"
#include "plugin/plugin_rig.h"
#include "plugin/registry.h"
#include "support/check.h"

#define ENVIRONMENT "RESNET_PLUGIN_PATH"
#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)
#define MINOR TEXT(RN_ABI_MINOR)

static void test_refused(void)
{
    static const struct {
        const char *name, *words;
    } zoo[] = {
        { "no_entry", "it is not a resnet-run plugin: it does not export rn_plugin_v0_2" },
        { "other_abi", "its entry is rn_plugin_v3_2; this program (ABI 0." MINOR
                       ") loads plugins of ABI 0.6 and "
                       "later, whose entry is rn_plugin_v0_2" },
        { "former_abi",
          "its entry is rn_plugin_v0_1; this program (ABI 0." MINOR
          ") loads plugins of ABI 0.6 and "
          "later, whose entry is rn_plugin_v0_2; build it again with this program's headers" },
        { "small", "the size of its rn_plugin is 16, but should be " },
        { "huge", "the size of its rn_plugin is 1048576, but should be " },
        { "no_version", "slot \"version\" of its rn_plugin is missing" },
        { "nothing", "neither a backend nor blocks" },
        { "wrong_name", "its name is \"residual\", but its file is named \"wrong_name\"" },
        { "fails", "its entry failed: device 7 is on fire" },
        { "fails_silently", "its entry failed: no reason given, status 7" },
        { "missing_slot", "slot \"buffer_create\" of its rn_backend is missing" },
        { "short_backend", "the size of its rn_backend is 0, but should be " },
        { "bad_table", "block bad_table/block" },
        { "twins", "two blocks called \"block\"" },
        { "undefined", "undefined symbol: zoo_nowhere" },
    };
    char path[CHECK_PATH_MAX];
    for (size_t i = 0; i < sizeof zoo / sizeof zoo[0]; i++) {
        plugin_make(path, "zoo", zoo[i].name);
        CU_ASSERT(check_failed(plugin_load(NULL, path), RN_E_PLUGIN, zoo[i].words));
        plugin_load(NULL, path);
        CU_ASSERT_PTR_NOT_NULL(strstr(rn_fail_text(), path));
    }
}

/* A change of the process's state is named and undone. */
static void test_process(void)
{
    char path[CHECK_PATH_MAX], before[CHECK_PATH_MAX], after[CHECK_PATH_MAX];
    struct sigaction handler;
    sigset_t mask;
    CU_ASSERT_PTR_NOT_NULL_FATAL(getcwd(before, sizeof before));
    fesetround(FE_DOWNWARD);

    CU_ASSERT(check_failed(plugin_load(NULL, plugin_make(path, "zoo", "floats")), RN_E_PLUGIN,
                           "changed the floating-point mode"));
    CU_ASSERT_EQUAL(fegetround(), FE_DOWNWARD);
    CU_ASSERT(check_failed(plugin_load(NULL, plugin_make(path, "zoo", "handler")), RN_E_PLUGIN,
                           "changed signal handlers"));
    CU_ASSERT(!sigaction(SIGUSR1, NULL, &handler) && handler.sa_handler == SIG_DFL);
    CU_ASSERT(check_failed(plugin_load(NULL, plugin_make(path, "zoo", "mask")), RN_E_PLUGIN,
                           "changed the signal mask"));
    CU_ASSERT(!sigprocmask(SIG_SETMASK, NULL, &mask) && !sigismember(&mask, SIGUSR2));
    CU_ASSERT(check_failed(plugin_load(NULL, plugin_make(path, "zoo", "folder")), RN_E_PLUGIN,
                           "-ffast-math does), the working directory"));
    CU_ASSERT(getcwd(after, sizeof after) && strcmp(before, after) == 0);
    CU_ASSERT_EQUAL(fegetround(), FE_DOWNWARD);
    fesetround(FE_TONEAREST);
}

/* tests/plugin/zoo/changed.c with one statement in its entry, as changed_N: a library that was
 * loaded once stays. */
static const char *changed_by(char path[CHECK_PATH_MAX], const char *statement)
{
    static int n;
    char base[CHECK_PATH_MAX], flags[256], file[64];
    plugin_folder(base, "zoo");
    snprintf(file, sizeof file, "zoo/changed_%d.so", ++n);
    snprintf(flags, sizeof flags,
             "-w -fvisibility=hidden '-DZOO_NAME=\"changed_%d\"' '-DZOO_ENTRY=%s'", n, statement);
    CU_ASSERT_TRUE_FATAL(plugin_compile("changed", check_scratch(path, file), flags));
    return path;
}

static void test_umask_and_environment(void)
{
    char path[CHECK_PATH_MAX];
    mode_t before = umask(027);
    setenv("ZOO_KEPT", "a=b", 1);
    CU_ASSERT(check_failed(plugin_load(NULL, changed_by(path, "umask(0)")), RN_E_PLUGIN,
                           "loading it changed the umask"));
    CU_ASSERT_EQUAL(umask(before), 027);
    static const char *const changes[] = {
        "setenv(\"ZOO_KEPT\", \"c\", 1)",
        "unsetenv(\"ZOO_KEPT\")",
        "setenv(\"ZOO_NEW\", \"\", 1)",
        "clearenv()",
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        CU_ASSERT(check_failed(plugin_load(NULL, changed_by(path, changes[i])), RN_E_PLUGIN,
                               "loading it changed environment variables"));
        CU_ASSERT_STRING_EQUAL(getenv("ZOO_KEPT"), "a=b");
        CU_ASSERT_PTR_NULL(getenv("ZOO_NEW"));
        CU_ASSERT_PTR_NOT_NULL(getenv("PATH"));
    }
    unsetenv("ZOO_KEPT");
}

static void test_processors(void)
{
    char path[CHECK_PATH_MAX];
    cpu_set_t before, after;
    CU_ASSERT_EQUAL(sched_getaffinity(0, sizeof before, &before), 0);
    if (CPU_COUNT(&before) < 2) {
        check_skip("there is only one processor to run on");
        return;
    }
    CU_ASSERT_EQUAL(plugin_load(NULL, plugin_make(path, "zoo", "binds")), RN_OK);
    CU_ASSERT_EQUAL(sched_getaffinity(0, sizeof after, &after), 0);
    CU_ASSERT(CPU_EQUAL(&before, &after));
}

static void test_locale(void)
{
    char path[CHECK_PATH_MAX];
    bool known = setlocale(LC_ALL, "C.UTF-8") != NULL;
    setlocale(LC_ALL, "C");
    if (!known) {
        check_skip("this system has no locale C.UTF-8");
        return;
    }
    CU_ASSERT(check_failed(plugin_load(NULL, plugin_make(path, "zoo", "locale")), RN_E_PLUGIN,
                           "changed the locale"));
    CU_ASSERT_STRING_EQUAL(setlocale(LC_ALL, NULL), "C");
}

static void test_missing_library(void)
{
    char path[CHECK_PATH_MAX], vendor[CHECK_PATH_MAX], flags[CHECK_PATH_MAX + 32];
    char base[CHECK_PATH_MAX];
    plugin_folder(base, "zoo");
    CU_ASSERT_TRUE_FATAL(plugin_compile("vendor", check_scratch(vendor, "zoo/libcudnn_zoo.so.9"),
                                        "-Wl,-soname,libcudnn_zoo.so.9"));
    snprintf(flags, sizeof flags, "-fvisibility=hidden '%s'", vendor);
    check_scratch(path, "zoo/needs_library.so");
    CU_ASSERT_TRUE_FATAL(plugin_compile("needs_library", path, flags));
    CU_ASSERT_EQUAL(unlink(vendor), 0);
    CU_ASSERT(check_failed(plugin_load(NULL, path), RN_E_PLUGIN,
                           "it needs the library libcudnn_zoo.so.9, which is missing; install "
                           "NVIDIA cuDNN"));
    plugin_load(NULL, path);
    CU_ASSERT_PTR_NOT_NULL(strstr(rn_fail_text(),
                                  "libcudnn_zoo.so.9: cannot open shared object file: No such file "
                                  "or directory"));
}

static void test_names(void)
{
    CU_ASSERT(
        check_failed(plugin_load(NULL, "../good"), RN_E_PLUGIN, "give a name or an absolute path"));
    CU_ASSERT(check_failed(plugin_load(NULL, ""), RN_E_PLUGIN, "\"\" is not a plugin name"));
    CU_ASSERT(
        check_failed(plugin_load(NULL, "Good"), RN_E_PLUGIN, "\"Good\" is not a plugin name"));
    CU_ASSERT(check_failed(plugin_load(NULL, "/nowhere/good.so"), RN_E_PLUGIN, "cannot access"));
}

/* First --plugin-path, then the environment; never the working directory. */
static void test_search(void)
{
    char first[CHECK_PATH_MAX], second[CHECK_PATH_MAX], path[CHECK_PATH_MAX], list[CHECK_PATH_MAX];
    char here[CHECK_PATH_MAX];
    rn_registry *registry = NULL;
    const rn_loaded_plugin *plugin = NULL, *again = NULL;
    plugin_make(path, "first", "good");
    plugin_make(path, "second", "good");
    plugin_make(path, "second", "future");
    check_scratch(first, "first");
    check_scratch(second, "second");
    snprintf(list, sizeof list, ":%.1000s::", second);
    setenv(ENVIRONMENT, list, 1);

    CU_ASSERT_EQUAL_FATAL(rn_registry_create(first, &registry), RN_OK);
    CU_ASSERT_EQUAL(rn_registry_load(registry, "good", &plugin), RN_OK);
    CU_ASSERT(plugin && strncmp(plugin->path, first, strlen(first)) == 0);
    CU_ASSERT_EQUAL(rn_registry_load(registry, "good", &again), RN_OK);
    CU_ASSERT_PTR_EQUAL(plugin, again);
    CU_ASSERT_EQUAL(rn_registry_load(registry, "future", &plugin), RN_OK);
    CU_ASSERT(plugin && strncmp(plugin->path, second, strlen(second)) == 0);
    CU_ASSERT(check_failed(rn_registry_load(registry, "goood", &plugin), RN_E_PLUGIN,
                           "did you mean \"good\"?"));
    rn_registry_load(registry, "goood", &plugin);
    CU_ASSERT_PTR_NOT_NULL(strstr(rn_fail_text(), first));
    CU_ASSERT_PTR_NOT_NULL(strstr(rn_fail_text(), second));
    snprintf(list, sizeof list, "%.1000s/good.so", second);
    CU_ASSERT(check_failed(rn_registry_load(registry, list, &plugin), RN_E_PLUGIN,
                           "was already loaded from"));
    rn_registry_destroy(registry);

    setenv(ENVIRONMENT, "relative", 1);
    CU_ASSERT(check_failed(rn_registry_create(first, &registry), RN_E_USAGE,
                           ENVIRONMENT ": found \"relative\", expected the absolute path"));
    unsetenv(ENVIRONMENT);
    CU_ASSERT_PTR_NOT_NULL_FATAL(getcwd(here, sizeof here));
    CU_ASSERT_EQUAL(chdir(first), 0);
    CU_ASSERT(check_failed(plugin_load(NULL, "good"), RN_E_PLUGIN, "there is no plugin \"good\""));
    CU_ASSERT(check_failed(plugin_load(":", "good"), RN_E_PLUGIN, "there is no plugin \"good\""));
    CU_ASSERT_EQUAL(chdir(here), 0);
}

static void test_list(void)
{
    char first[CHECK_PATH_MAX], second[CHECK_PATH_MAX], path[CHECK_PATH_MAX], list[CHECK_PATH_MAX];
    rn_registry *registry = NULL;
    char **paths = NULL;
    int count = 0;
    plugin_make(path, "first", "good");
    plugin_make(path, "second", "good");
    plugin_make(path, "second", "future");
    snprintf(list, sizeof list, "%.1000s:%.1000s", check_scratch(first, "first"),
             check_scratch(second, "second"));
    CU_ASSERT_EQUAL_FATAL(rn_registry_create(list, &registry), RN_OK);
    CU_ASSERT_EQUAL(rn_registry_list(registry, &paths, &count), RN_OK);
    /* Installed plugins may follow. */
    CU_ASSERT_FATAL(count >= 2);
    CU_ASSERT_PTR_NOT_NULL(strstr(paths[0], "first/good.so"));
    CU_ASSERT_PTR_NOT_NULL(strstr(paths[1], "second/future.so"));
    for (int i = 0; i < count; i++)
        free(paths[i]);
    free(paths);
    rn_registry_destroy(registry);
}

static void test_blocks(void)
{
    char first[CHECK_PATH_MAX], path[CHECK_PATH_MAX];
    rn_registry *registry = NULL;
    const rn_block *block = NULL;
    const rn_backend *backend = NULL;
    plugin_make(path, "first", "good");
    plugin_make(path, "first", "future");
    check_scratch(first, "first");
    CU_ASSERT_EQUAL_FATAL(rn_registry_create(first, &registry), RN_OK);
    CU_ASSERT_EQUAL(rn_registry_block(registry, "good/block", &block), RN_OK);
    CU_ASSERT(block && strcmp(block->name, "block") == 0);
    CU_ASSERT_EQUAL(rn_registry_block(registry, "future/block", &block), RN_OK);
    CU_ASSERT(block && block->build);
    CU_ASSERT_EQUAL(rn_registry_block(registry, "conv2d", &block), RN_OK);
    CU_ASSERT(check_failed(rn_registry_block(registry, "good", &block), RN_E_CONFIG,
                           "plugin \"good\" has no block \"good\"; it has good/block"));
    CU_ASSERT(check_failed(rn_registry_block(registry, "conv2", &block), RN_E_CONFIG,
                           "there is no layer \"conv2\"; did you mean \"conv2d\"?"));
    CU_ASSERT(check_failed(rn_registry_block(registry, path, &block), RN_E_PLUGIN,
                           "a path is never loaded for a block"));
    CU_ASSERT(check_failed(rn_registry_backend(registry, path, &backend), RN_E_PLUGIN,
                           "is not a plugin name"));
    CU_ASSERT(check_failed(rn_registry_backend(registry, "good", &backend), RN_E_PLUGIN,
                           "it has no backend"));
    rn_registry_destroy(registry);
}

static void test_host(void)
{
    const rn_host *host = rn_host_table();
    CU_ASSERT_EQUAL(host->fail(RN_E_DEVICE, "%s %d", "core", 3), RN_E_DEVICE);
    CU_ASSERT_STRING_EQUAL(rn_fail_text(), "core 3");
    CU_ASSERT_NOT_EQUAL(host->fail(RN_OK, "a failure with the wrong code"), RN_OK);
    uint64_t before = host->time_ns();
    CU_ASSERT(host->time_ns() >= before);
    host->note(RN_LOG_WARNING, "silent by default");
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "refused plugins", test_refused },
        { "a plugin that changes the process's state is refused", test_process },
        { "a plugin that changes the umask or the environment is refused",
          test_umask_and_environment },
        { "a changed processor affinity is undone", test_processors },
        { "a plugin that changes the locale is refused", test_locale },
        { "a missing library", test_missing_library },
        { "invalid names", test_names },
        { "search order", test_search },
        { "list", test_list },
        { "blocks and backends by name", test_blocks },
        { "host table", test_host },
        CU_TEST_INFO_NULL,
    };
    unsetenv(ENVIRONMENT);
    return check_run("plugins", tests);
}
