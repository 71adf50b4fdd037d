/* test_trust.c: a file that others could change or replace is not loaded. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin/plugin_rig.h"
#include "plugin/registry.h"
#include "plugin/trust.h"

/* Group permissions are tested only as root: an ordinary user may have a private group. */
static void test_writers(void)
{
    char path[CHECK_PATH_MAX], base[CHECK_PATH_MAX];
    plugin_folder(base, "writers");
    plugin_make(path, "writers", "good");
    CU_ASSERT_EQUAL(plugin_load(NULL, path), RN_OK);
    CU_ASSERT_EQUAL(chmod(path, 0757), 0);
    CU_ASSERT(check_failed(plugin_load(NULL, path), RN_E_PLUGIN, "good.so; chmod o-w it"));
    CU_ASSERT_EQUAL(chmod(path, 0755), 0);
    CU_ASSERT_EQUAL(chmod(base, 01757), 0);
    CU_ASSERT(check_failed(plugin_load(NULL, path), RN_E_PLUGIN, "writers; chmod o-w it"));
    CU_ASSERT_EQUAL(chmod(base, 0755), 0);
    if (geteuid() != 0) {
        check_skip("group and owner: only root can test them");
        return;
    }
    CU_ASSERT_EQUAL(chmod(path, 0775), 0);
    CU_ASSERT(check_failed(plugin_load(NULL, path), RN_E_PLUGIN, "good.so; chmod g-w it"));
    CU_ASSERT_EQUAL(chmod(path, 0755), 0);
    CU_ASSERT_EQUAL(chmod(base, 0775), 0);
    CU_ASSERT(check_failed(plugin_load(NULL, path), RN_E_PLUGIN, "writers; chmod g-w it"));
    CU_ASSERT_EQUAL(chmod(base, 0755), 0);
    CU_ASSERT_EQUAL(chown(path, 12345, 0), 0);
    CU_ASSERT(check_failed(plugin_load(NULL, path), RN_E_PLUGIN, "belongs to user 12345"));
}

/* Whoever owns a folder on the path can replace everything below it. */
static void test_owners_above(void)
{
    char path[CHECK_PATH_MAX], above[CHECK_PATH_MAX], base[CHECK_PATH_MAX];
    if (geteuid() != 0) {
        check_skip("owners: only root can test them");
        return;
    }
    plugin_folder(above, "above");
    plugin_folder(base, "above/between");
    plugin_make(path, "above/between/plugins", "good");
    CU_ASSERT_EQUAL(plugin_load(NULL, path), RN_OK);
    CU_ASSERT_EQUAL(chown(above, 12345, 0), 0);
    CU_ASSERT(check_failed(plugin_load(NULL, path), RN_E_PLUGIN, "above belongs to user 12345"));
    check_scratch(base, "above/between/plugins");
    CU_ASSERT(check_failed(plugin_load(base, "good"), RN_E_PLUGIN, "above belongs to user 12345"));
    CU_ASSERT_EQUAL(chmod(above, 01777), 0);
    CU_ASSERT(check_failed(plugin_load(NULL, path), RN_E_PLUGIN, "above belongs to user 12345"));
    CU_ASSERT_EQUAL(chown(above, 0, 0), 0);
    CU_ASSERT_EQUAL(plugin_load(NULL, path), RN_OK); /* as below /tmp */
    CU_ASSERT_EQUAL(chown(check_scratch(base, "above/between"), 12345, 0), 0);
    CU_ASSERT(check_failed(plugin_load(NULL, path), RN_E_PLUGIN, "between belongs to user 12345"));
}

/* Every link on the path is checked, and every folder that it leads through. */
static void test_links_above(void)
{
    char path[CHECK_PATH_MAX], base[CHECK_PATH_MAX], other[CHECK_PATH_MAX];
    plugin_folder(base, "lower");
    plugin_folder(base, "lower/safe");
    plugin_make(path, "lower/safe", "good");
    plugin_folder(base, "path");
    plugin_folder(base, "path/open");
    CU_ASSERT_EQUAL(symlink("../lower/safe", check_scratch(path, "path/first")), 0);
    CU_ASSERT_EQUAL(symlink("open/../first", check_scratch(path, "path/second")), 0);
    CU_ASSERT_EQUAL(plugin_load(NULL, check_scratch(path, "path/second/./good.so")), RN_OK);
    CU_ASSERT_EQUAL(chmod(check_scratch(base, "path/open"), 0777), 0);
    CU_ASSERT(check_failed(plugin_load(NULL, path), RN_E_PLUGIN, "open; chmod o-w it"));
    CU_ASSERT_EQUAL(chmod(base, 0755), 0);
    CU_ASSERT_EQUAL(symlink("third", check_scratch(other, "path/third")), 0);
    CU_ASSERT(check_failed(plugin_load(NULL, check_scratch(path, "path/third/good.so")),
                           RN_E_PLUGIN, "Too many levels of symbolic links"));
    if (geteuid() != 0) {
        check_skip("a link's owner: only root can test it");
        return;
    }
    CU_ASSERT_EQUAL(chmod(check_scratch(base, "path"), 01777), 0);
    CU_ASSERT_EQUAL(plugin_load(NULL, check_scratch(path, "path/first/good.so")), RN_OK);
    CU_ASSERT_EQUAL(lchown(check_scratch(base, "path/first"), 12345, 0), 0);
    CU_ASSERT(check_failed(plugin_load(NULL, path), RN_E_PLUGIN, "first belongs to user 12345"));
}

/* A link in a safe folder to a file in an unsafe one is refused. */
static void test_links(void)
{
    char path[CHECK_PATH_MAX], base[CHECK_PATH_MAX], link_path[CHECK_PATH_MAX];
    plugin_folder(base, "unsafe");
    plugin_make(path, "unsafe", "good");
    CU_ASSERT_EQUAL(chmod(base, 0777), 0);
    plugin_folder(base, "linked");
    CU_ASSERT_EQUAL(symlink(path, check_scratch(link_path, "linked/good.so")), 0);
    CU_ASSERT(check_failed(plugin_load(NULL, link_path), RN_E_PLUGIN, "unsafe; chmod o-w it"));
    CU_ASSERT_EQUAL(chmod(check_scratch(base, "unsafe"), 0755), 0);
    CU_ASSERT_EQUAL(plugin_load(NULL, link_path), RN_OK);
}

/* True if the check gives this answer and `why` contains these words. */
static bool answers(bool expected, const char *name, const char *words)
{
    char path[CHECK_PATH_MAX], why[1024] = "";
    bool found = rn_trust_check(check_scratch(path, name), why, sizeof why);
    bool is_expected = found == expected && strstr(why, words);
    if (!is_expected)
        check_note("%s: \"%s\"", found ? "trusted" : "refused", why);
    return is_expected;
}

/* A file that does not exist can be created by whoever may write to its folder. */
static void test_absent(void)
{
    char path[CHECK_PATH_MAX], why[1024];
    plugin_folder(path, "cache");
    CU_ASSERT(answers(true, "cache", ""));
    CU_ASSERT(answers(true, "cache/absent", ""));
    CU_ASSERT(answers(true, "cache/absent/file", ""));
    CU_ASSERT_EQUAL(chmod(path, 01777), 0);
    CU_ASSERT(answers(false, "cache", "cache; chmod o-w it"));
    CU_ASSERT(answers(false, "cache/absent/file", "cache; chmod o-w it"));
    const rn_host *host = rn_host_table();
    CU_ASSERT_EQUAL(host->is_trusted(path, why, sizeof why), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "cache; chmod o-w it"));
    CU_ASSERT_EQUAL(host->is_trusted("/", why, sizeof why), 1);
    CU_ASSERT(!rn_trust_check("relative/path", why, sizeof why));
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "relative/path is not an absolute path"));
}

int main(void)
{
    /* clang-format off */
    static const CU_TestInfo tests[] = {
        { "who may write", test_writers },
        { "owners of folders on the path", test_owners_above },
        { "links to files", test_links },
        { "links on the path", test_links_above },
        { "files that do not exist", test_absent },
        CU_TEST_INFO_NULL,
    };
    /* clang-format on */
    return check_run("trust", tests);
}
