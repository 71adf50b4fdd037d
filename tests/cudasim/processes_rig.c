/* processes_rig.c: forks, and counts those that succeeded. */
#include "cudasim/processes_rig.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cudasim/cudasim.h"

static struct {
    int n, n_meetings; /* of this run; of this process */
    atomic_int *come;  /* how often processes have come to a meeting */
} run;

void *processes_memory(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        abort();
    return memory;
}

int processes_run(int n, processes_body *body)
{
    pid_t children[PROCESSES_MOST];
    int n_good = 0;
    if (!run.come)
        run.come = processes_memory(sizeof *run.come);
    atomic_store(run.come, 0);
    run.n = n;
    for (int i = 0; i < n; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            alarm(300);
            _exit(body(i) && cudasim_blames() == 0 && cudasim_live(true) == 0 ? 0 : 1);
        }
    }
    for (int i = 0; i < n; i++) {
        int status = 1;
        waitpid(children[i], &status, 0);
        n_good += status == 0;
    }
    return n_good;
}

void processes_meet(void)
{
    run.n_meetings++;
    atomic_fetch_add(run.come, 1);
    while (atomic_load(run.come) < run.n * run.n_meetings)
        usleep(1000);
}
