/* hosts.c: the hosts of the processes. */
#include "world/hosts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"

#define NAME_BYTES 64 /* a multiple of 8 */

static void read_name(char name[NAME_BYTES])
{
    const char *given = getenv("RESNET_HOST");
    if (given && given[0])
        snprintf(name, NAME_BYTES, "%s", given);
    else if (gethostname(name, NAME_BYTES - 1))
        snprintf(name, NAME_BYTES, "unknown");
}

static void find_place(rn_world *facts)
{
    const char *own = facts->hosts[facts->process];
    facts->place = facts->n_on_host = 0;
    for (int32_t i = 0; i < facts->n_processes; i++)
        if (strcmp(facts->hosts[i], own) == 0) {
            facts->place += i < facts->process;
            facts->n_on_host++;
        }
}

/* A table to which each process adds its own name: the rest of it is 0. */
rn_status rn_world_hosts_exchange(rn_world_state *world)
{
    rn_world *facts = &world->facts;
    uint64_t n = (uint64_t)facts->n_processes;
    char *names = calloc(n, NAME_BYTES);
    const char **hosts = calloc(n, sizeof *hosts);
    if (!names || !hosts) {
        free(names);
        free(hosts);
        return rn_fail(RN_E_NOMEM, "no memory for the names of %llu hosts", (unsigned long long)n);
    }
    read_name(names + NAME_BYTES * facts->process);
    rn_status status = rn_world_add_up(0, RN_TRANSPORT_I64, names, n * NAME_BYTES / 8, 1);
    for (uint64_t i = 0; i < n; i++)
        hosts[i] = names + NAME_BYTES * i;
    /* As long as the process: messages name hosts to the end. */
    pthread_mutex_lock(&world->lock);
    facts->hosts = hosts;
    pthread_mutex_unlock(&world->lock);
    find_place(facts);
    return status;
}
