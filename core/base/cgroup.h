/* cgroup.h: the processor quota of the process's control groups. */
#ifndef RN_CORE_BASE_CGROUP_H
#define RN_CORE_BASE_CGROUP_H

/* The smallest quota, in processors, of the process's group and all groups above it, of either
 * version of cgroups; 0.5 is half of one. INFINITY where there is none. `root` stands before /proc
 * and /sys: "", but for tests. */
double rn_cgroup_processors(const char *root);

#endif
