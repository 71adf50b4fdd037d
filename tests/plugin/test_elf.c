/* test_elf.c: files that are not plugins are refused before any of their code runs. */
#include <elf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/status.h"
#include "plugin/elf.h"
#include "plugin/plugin_rig.h"

#define FILE_BYTES (1 << 20)
#define TRACE "RN_ZOO_TRACE" /* tests/plugin/zoo/trace.h */

/* A file without the right entry runs no code, not even its constructors. */
static void test_constructors(void)
{
    char path[CHECK_PATH_MAX], trace[CHECK_PATH_MAX];
    setenv(TRACE, check_scratch(trace, "trace"), 1);
    CU_ASSERT(check_failed(plugin_load(NULL, plugin_make(path, "traces", "no_entry")), RN_E_PLUGIN,
                           "it does not export"));
    CU_ASSERT_NOT_EQUAL(access(trace, F_OK), 0);
    CU_ASSERT(check_failed(plugin_load(NULL, plugin_make(path, "traces", "other_abi")), RN_E_PLUGIN,
                           "its entry is rn_plugin_v3_2"));
    CU_ASSERT_NOT_EQUAL(access(trace, F_OK), 0);
    CU_ASSERT_EQUAL(plugin_load(NULL, plugin_make(path, "traces", "traces")), RN_OK);
    CU_ASSERT_EQUAL(access(trace, F_OK), 0);
    unsetenv(TRACE);
}

/* The entry is found with either type of hash table. */
static void test_hash_tables(void)
{
    static const char *const styles[] = { "gnu", "sysv", "both" };
    char path[CHECK_PATH_MAX], base[CHECK_PATH_MAX], file[64], flags[64];
    for (size_t i = 0; i < sizeof styles / sizeof styles[0]; i++) {
        snprintf(file, sizeof file, "hash_%s", styles[i]);
        snprintf(flags, sizeof flags, "-fvisibility=hidden -Wl,--hash-style=%s", styles[i]);
        plugin_folder(base, file);
        strcat(file, "/good.so");
        CU_ASSERT_TRUE_FATAL(plugin_compile("good", check_scratch(path, file), flags));
        CU_ASSERT_EQUAL(plugin_load(NULL, path), RN_OK);
        snprintf(file, sizeof file, "hash_%s/other_abi.so", styles[i]);
        CU_ASSERT_TRUE_FATAL(plugin_compile("other_abi", check_scratch(path, file), flags));
        CU_ASSERT(
            check_failed(plugin_load(NULL, path), RN_E_PLUGIN, "its entry is rn_plugin_v3_2"));
    }
}

static void write_file(const char *path, const void *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL(fwrite(data, 1, size, file), size);
    CU_ASSERT_EQUAL(fclose(file), 0);
    CU_ASSERT_EQUAL(chmod(path, 0644), 0);
}

static bool refused(const char *name, const void *data, size_t size, const char *words)
{
    char path[CHECK_PATH_MAX], base[CHECK_PATH_MAX];
    plugin_folder(base, "files");
    check_scratch(path, name);
    write_file(path, data, size);
    return check_failed(plugin_load(NULL, path), RN_E_PLUGIN, words);
}

/* Reads a valid plugin's file. */
static size_t read_good(char bytes[FILE_BYTES])
{
    char path[CHECK_PATH_MAX];
    FILE *file = fopen(plugin_make(path, "zoo", "good"), "rb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    size_t size = fread(bytes, 1, FILE_BYTES, file);
    fclose(file);
    return size;
}

static void test_files(void)
{
    static char bytes[FILE_BYTES];
    char path[CHECK_PATH_MAX];
    size_t size = read_good(bytes);

    CU_ASSERT(refused("files/text.so", "#!/bin/sh\n", 10, "it is not a shared object"));
    CU_ASSERT(refused("files/empty.so", "", 0, "it is empty"));
    CU_ASSERT(refused("files/header.so", bytes, 40, "it is truncated after 40 bytes"));
    CU_ASSERT(refused("files/table.so", bytes, 70, "it is truncated after 70 bytes"));
    CU_ASSERT(refused("files/cut.so", bytes, size / 3, "it is truncated after"));
    CU_ASSERT(refused("files/Capital.so", bytes, size, "a plugin's file is called NAME.so"));
    CU_ASSERT(refused("files/good", bytes, size, "a plugin's file is called NAME.so"));
    CU_ASSERT(refused("files/renamed.so", bytes, size, "its name is \"good\", but its file"));
    bytes[18] = (char)EM_IA_64;
    CU_ASSERT(refused("files/machine.so", bytes, size, "it is built for other processors"));
    bytes[EI_CLASS] = ELFCLASS32;
    CU_ASSERT(refused("files/bits.so", bytes, size, "it is a 32-bit library"));
    CU_ASSERT(check_failed(plugin_load(NULL, plugin_folder(path, "files/folder.so")), RN_E_PLUGIN,
                           "it is not a regular file"));
    CU_ASSERT_EQUAL(mkfifo(check_scratch(path, "files/fifo.so"), 0644), 0);
    CU_ASSERT(check_failed(plugin_load(NULL, path), RN_E_PLUGIN, "it is not a regular file"));
}

/* Overwrites one to six numbers of 1, 2, 4 or 8 bytes, mostly in the headers and tables. */
static void damage(char *bytes, size_t size, uint32_t seed)
{
    static const uint64_t numbers[] = { 0,          1,         8,          INT32_MAX,
                                        UINT32_MAX, INT64_MAX, UINT64_MAX, UINT64_MAX - 7,
                                        4096 };
    uint64_t random = seed;
    int n = 1 + (int)(seed % 6);
    for (int i = 0; i < n; i++) {
        random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        size_t width = (size_t)1 << (random >> 62), reach = random >> 61 & 1 ? size : 0x800;
        size_t at = (size_t)(random >> 33) % (reach - width) / width * width;
        uint64_t number = random >> 60 & 1 ? random >> 20 : numbers[(random >> 50) % 9];
        memcpy(bytes + at, &number, width);
    }
}

/* A damaged file is accepted or refused, and nothing beyond its end is read. */
static void test_damaged(void)
{
    static char good[FILE_BYTES], bytes[FILE_BYTES];
    char path[CHECK_PATH_MAX], base[CHECK_PATH_MAX];
    size_t size = read_good(good);
    int n_accepted = 0, n_refused = 0;
    plugin_folder(base, "files");
    check_scratch(path, "files/damaged.so");
    for (uint32_t seed = 1; seed <= 3000; seed++) {
        memcpy(bytes, good, size);
        damage(bytes, size, seed);
        write_file(path, bytes, seed % 8 ? size : size * (seed % 1000) / 1000);
        rn_status status = rn_elf_check(path);
        n_accepted += status == RN_OK;
        n_refused += status == RN_E_PLUGIN;
    }
    CU_ASSERT_EQUAL(n_accepted + n_refused, 3000);
    CU_ASSERT(n_accepted > 0 && n_refused > 0);
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "a refused file's constructors do not run", test_constructors },
        { "GNU and SysV hash tables", test_hash_tables },
        { "files that are not plugins", test_files },
        { "damaged files", test_damaged },
        CU_TEST_INFO_NULL,
    };
    return check_run("elf", tests);
}
