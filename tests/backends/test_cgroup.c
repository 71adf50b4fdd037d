/* test_cgroup.c: processor quotas read from file trees like those described in cgroups(7) and the
 * kernel's documents (cgroup-v2.rst, sched-bwc.rst). */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/cgroup.h"
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
    FILE *file = fopen(full_path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fputs(text, file);
    CU_ASSERT_EQUAL(fclose(file), 0);
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
    return cgroup_processors(check_scratch(root, tree));
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

int main(void)
{
    const CU_TestInfo tests[] = {
        { "no quota", test_none },
        { "version 2, parent groups included", test_v2 },
        { "containers", test_containers },
        { "version 1 next to version 2", test_v1 },
        CU_TEST_INFO_NULL,
    };
    return check_run("cgroup", tests);
}
