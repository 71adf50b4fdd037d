/* test_fuzz_plugins.c: broken plugin files are looked at as before loading, and broken cfgs are
 * read and built as networks, or both are refused. */
#define _GNU_SOURCE /* memfd_create */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/status.h"
#include "config/config.h"
#include "fuzz/fuzz.h"
#include "graph/net.h"
#include "plugin/elf.h"
#include "plugin/elf_needed.h"
#include "plugin/elf_symbols.h"
#include "plugin/elf_traits.h"
#include "support/check.h"

const char *const rn_fuzz_corpus = "tests/fuzz/corpus/plugins";

static int input = -1;
static char path[64];
static rn_registry *registry;

static void clean_up(void)
{
    rn_registry_destroy(registry);
}

static bool begin(void)
{
    input = memfd_create("input", MFD_CLOEXEC);
    snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)getpid(), input);
    return input >= 0 && !atexit(clean_up) && !rn_registry_create(NULL, &registry);
}

static bool write_input(const uint8_t *data, size_t size)
{
    return !ftruncate(input, 0) && pwrite(input, data, size, 0) == (ssize_t)size;
}

/* One line, with a status that such a file may have. */
static bool is_refusal(rn_status status, bool of_plugin)
{
    const char *text = rn_fail_text();
    bool is_expected = of_plugin
                           ? status == RN_E_PLUGIN
                           : status == RN_E_CONFIG || status == RN_E_SHAPE || status == RN_E_IO ||
                                 status == RN_E_PLUGIN || status == RN_E_UNSUPPORTED;
    return (is_expected || status == RN_E_NOMEM) && *text && !strchr(text, '\n');
}

static void count_name(const char *name, void *context)
{
    *(size_t *)context += strlen(name);
}

/* As a file that is to be loaded, and by the validator. */
static bool try_plugin(void)
{
    size_t length = 0;
    rn_elf_traits traits;
    rn_elf_needs(path, "libdnnl");
    rn_elf_traits_read(path, &traits);
    rn_status status = rn_elf_check(path);
    if (!status)
        status = rn_elf_symbols(input, count_name, &length);
    if (!status)
        status = rn_elf_needed_symbols(input, count_name, &length);
    return !status || is_refusal(status, true);
}

static bool try_cfg(void)
{
    rn_config *config = NULL;
    rn_dag *dag = NULL;
    rn_status status = rn_config_load(path, NULL, 0, &config);
    if (!status) {
        const rn_net_params params = { .config = config,
                                       .registry = registry,
                                       .batch = 1,
                                       .training = true,
                                       .has_labels = true,
                                       .mask_dtype = RN_U8 };
        status = rn_net_build(&params, &dag);
        rn_dag_destroy(status ? NULL : dag);
        rn_config_destroy(config);
    }
    return !status || is_refusal(status, false);
}

int rn_fuzz_one(const uint8_t *data, size_t size)
{
    if ((input < 0 && !begin()) || !write_input(data, size)) {
        check_note("no file in memory");
        return 1;
    }
    bool right = size && data[0] == '\177' ? try_plugin() : try_cfg();
    if (!right)
        check_note("%s", rn_fail_text());
    return !right;
}
