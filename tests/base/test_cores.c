/* test_cores.c: cores and processor quotas read from file trees like those described in cgroups(7)
 * and the kernel's documents (cgroup-v2.rst, sched-bwc.rst, cputopology.rst). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cgroup.h"
#include "base/cores.h"
#include "io/file.h"
#include "support/check.h"

#define V2_MOUNT "30 23 0:26 %s %s rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
#define V1_MOUNT "31 23 0:27 %s %s rw,nosuid shared:9 - cgroup cgroup rw,%s\n"
#define OTHER_MOUNT "22 28 0:21 / /proc rw,nosuid - proc proc rw\n"

/* Writes a file of the tree, and its folders. */
static void write_file(const char *tree, const char *path, const char *text)
{
    char name[512], full_path[CHECK_PATH_MAX];
    snprintf(name, sizeof name, "%s/%s", tree, path);
    check_scratch(full_path, name);
    char *slash = strrchr(full_path, '/');
    *slash = 0;
    CU_ASSERT_EQUAL_FATAL(rn_folder_create(full_path), RN_OK);
    *slash = '/';
    CU_ASSERT_EQUAL(rn_file_write_text(full_path, text), RN_OK);
}

static void write_v2(const char *tree, const char *top, const char *group)
{
    char mounts[1024], groups[512];
    snprintf(mounts, sizeof mounts, OTHER_MOUNT V2_MOUNT, top, "/sys/fs/cgroup");
    snprintf(groups, sizeof groups, "0::%s\n", group);
    write_file(tree, "proc/self/mountinfo", mounts);
    write_file(tree, "proc/self/cgroup", groups);
}

static double quota(const char *tree)
{
    char root[CHECK_PATH_MAX];
    return rn_cgroup_processors(check_scratch(root, tree));
}

static void test_none(void)
{
    CU_ASSERT(isinf(quota("nothing")));
    write_v2("root", "/", "/");
    CU_ASSERT(isinf(quota("root")));
    write_v2("max", "/", "/a");
    write_file("max", "sys/fs/cgroup/a/cpu.max", "max 100000\n");
    CU_ASSERT(isinf(quota("max")));
    write_file("max", "proc/self/mountinfo", "30 23 0:26\n - cgroup2\n\n - cgroup2 cgroup2 rw\n");
    write_file("max", "proc/self/cgroup", "0\n0:\n:\n\n");
    CU_ASSERT(isinf(quota("max")));
}

static void test_v2(void)
{
    write_v2("two", "/", "/a.slice/b.scope");
    write_file("two", "sys/fs/cgroup/a.slice/b.scope/cpu.max", "50000 100000\n");
    CU_ASSERT_DOUBLE_EQUAL(quota("two"), 0.5, 1e-12);
    write_file("two", "sys/fs/cgroup/a.slice/cpu.max", "20000 100000\n");
    CU_ASSERT_DOUBLE_EQUAL(quota("two"), 0.2, 1e-12);
    write_file("two", "sys/fs/cgroup/a.slice/b.scope/cpu.max", "max 100000\n");
    write_file("two", "sys/fs/cgroup/a.slice/cpu.max", "300000 200000\n");
    CU_ASSERT_DOUBLE_EQUAL(quota("two"), 1.5, 1e-12);
    /* Other groups' quotas do not count. */
    write_file("two", "sys/fs/cgroup/c.slice/cpu.max", "10000 100000\n");
    CU_ASSERT_DOUBLE_EQUAL(quota("two"), 1.5, 1e-12);
}

/* In a container the mounted folder is a group below the root, with or without a namespace. */
static void test_containers(void)
{
    write_v2("namespace", "/", "/");
    write_file("namespace", "sys/fs/cgroup/cpu.max", "150000 100000\n");
    CU_ASSERT_DOUBLE_EQUAL(quota("namespace"), 1.5, 1e-12);
    write_v2("bound", "/docker/1", "/docker/1/inner");
    write_file("bound", "sys/fs/cgroup/cpu.max", "400000 100000\n");
    write_file("bound", "sys/fs/cgroup/inner/cpu.max", "300000 100000\n");
    CU_ASSERT_DOUBLE_EQUAL(quota("bound"), 3, 1e-12);
    write_v2("outside", "/", "/../other");
    write_file("outside", "sys/fs/cgroup/cpu.max", "250000 100000\n");
    CU_ASSERT_DOUBLE_EQUAL(quota("outside"), 2.5, 1e-12);
}

static void test_v1(void)
{
    char mounts[2048];
    snprintf(mounts, sizeof mounts, V1_MOUNT V1_MOUNT V2_MOUNT, "/", "/sys/fs/cgroup/cpuset",
             "cpuset", "/", "/sys/fs/cgroup/cpu,cpuacct", "cpu,cpuacct", "/",
             "/sys/fs/cgroup/unified");
    write_file("one", "proc/self/mountinfo", mounts);
    write_file("one", "proc/self/cgroup",
               "5:cpuset:/s\n4:cpu,cpuacct:/a/b\n1:name=systemd:/x\n0::/y\n");
    CU_ASSERT(isinf(quota("one")));
    write_file("one", "sys/fs/cgroup/cpuset/s/cpu.cfs_quota_us", "10000\n");
    write_file("one", "sys/fs/cgroup/cpuset/s/cpu.cfs_period_us", "100000\n");
    write_file("one", "sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_quota_us", "-1\n");
    write_file("one", "sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_period_us", "100000\n");
    CU_ASSERT(isinf(quota("one")));
    write_file("one", "sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "25000\n");
    write_file("one", "sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us", "50000\n");
    CU_ASSERT_DOUBLE_EQUAL(quota("one"), 0.5, 1e-12);
}

/* Writes the file `name` of eight processors: of the first "0,4", of the second "1,5" and so on. */
static void write_siblings(const char *tree, const char *name, const char *format, int step)
{
    for (int i = 0; i < 8; i++) {
        char path[128], list[32];
        int first = step == 1 ? i / 2 * 2 : i % step;
        snprintf(path, sizeof path, "sys/devices/system/cpu/cpu%d/topology/%s", i, name);
        snprintf(list, sizeof list, format, first, first + step);
        write_file(tree, path, list);
    }
}

static int64_t count(const char *tree, const char *mask)
{
    char root[CHECK_PATH_MAX];
    int32_t processors[8];
    int64_t n = 0;
    for (int32_t i = 0; mask[i]; i++)
        if (mask[i] == 'x')
            processors[n++] = i;
    return rn_cores_count(check_scratch(root, tree), processors, n);
}

static void test_siblings(void)
{
    write_siblings("far", "core_cpus_list", "%d,%d\n", 4);
    CU_ASSERT_EQUAL(count("far", "xxxxxxxx"), 4);
    CU_ASSERT_EQUAL(count("far", "xxxx...."), 4);
    CU_ASSERT_EQUAL(count("far", "....xxxx"), 4);
    CU_ASSERT_EQUAL(count("far", "x...x..."), 1);
    CU_ASSERT_EQUAL(count("far", "xx...x.."), 2);
    CU_ASSERT_EQUAL(count("far", ".......x"), 1);
    /* An older kernel, and processors of a core that stand next to each other. */
    write_siblings("near", "thread_siblings_list", "%d-%d\n", 1);
    CU_ASSERT_EQUAL(count("near", "xxxxxxxx"), 4);
    CU_ASSERT_EQUAL(count("near", "xx......"), 1);
    CU_ASSERT_EQUAL(count("near", ".xx....."), 2);
}

/* Without a list, and with one that is none, each processor is a core. */
static void test_no_siblings(void)
{
    CU_ASSERT_EQUAL(count("no lists", "xx.xx..."), 4);
    write_siblings("words", "core_cpus_list", "all\n", 4);
    CU_ASSERT_EQUAL(count("words", "xxxxxxxx"), 8);
    write_siblings("empty", "core_cpus_list", "", 4);
    CU_ASSERT_EQUAL(count("empty", "xxxxxxxx"), 8);
}

static void check_threads(rn_cores c, int64_t threads, const char *why)
{
    char text[RN_CORES_TEXT];
    CU_ASSERT_EQUAL(rn_cores_threads(&c), threads);
    rn_cores_print(&c, text);
    check_note("%s", text);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, why));
    CU_ASSERT_EQUAL(atoll(text), threads);
}

static void test_threads(void)
{
    check_threads((rn_cores){ 8, 4, INFINITY, 0 }, 4, "each core of 8 processors");
    check_threads((rn_cores){ 8, 4, 4, 0 }, 4, "each core");
    check_threads((rn_cores){ 1, 1, INFINITY, 0 }, 1, "1 processor that");
    check_threads((rn_cores){ 8, 4, 2.5, 0 }, 3, "2.5 processors");
    check_threads((rn_cores){ 8, 4, 0.1, 0 }, 1, "0.1 processors");
    check_threads((rn_cores){ 8, 4, 2.5, 7 }, 7, "OMP_NUM_THREADS");
    check_threads((rn_cores){ 4096, 2048, INFINITY, 0 }, RN_CORES_MAX, "4096 processors");
}

/* The tree's quota, whatever processors this test may run on. */
static void test_found(void)
{
    char root[CHECK_PATH_MAX];
    rn_cores found;
    write_v2("found", "/", "/");
    write_file("found", "sys/fs/cgroup/cpu.max", "50000 100000\n");
    unsetenv("OMP_NUM_THREADS");
    rn_cores_find(check_scratch(root, "found"), &found);
    CU_ASSERT_DOUBLE_EQUAL(found.quota, 0.5, 1e-12);
    CU_ASSERT_EQUAL(found.cores, found.processors);
    CU_ASSERT_EQUAL(found.asked_for, 0);
    CU_ASSERT_EQUAL(rn_cores_threads(&found), 1);
}

int main(void)
{
    const CU_TestInfo tests[] = {
        { "processors of a core", test_siblings },
        { "cores that are not told", test_no_siblings },
        { "the number of threads, and why", test_threads },
        { "what is found", test_found },
        { "no quota", test_none },
        { "version 2, parent groups included", test_v2 },
        { "containers", test_containers },
        { "version 1 next to version 2", test_v1 },
        CU_TEST_INFO_NULL,
    };
    return check_run("cores", tests);
}
