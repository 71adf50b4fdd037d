/* mpi.c: mpi.so, the transport on MPI: its connection, and the plugin's entry. */
#define _GNU_SOURCE /* NSIG */
#include <resnet/plugin.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mpi/link.h"

static const rn_host *host;

rn_status mpi_check(const rn_transport_link *link, int error, const char *what)
{
    char text[MPI_MAX_ERROR_STRING] = "no reason given";
    int length = 0;
    if (error == MPI_SUCCESS)
        return RN_OK;
    MPI_Error_string(error, text, &length);
    return link->host->fail(RN_E_DEVICE, "MPI: %s failed: %s", what, text);
}

/* MPI_Init. The libraries below it install handlers of up to fifteen signals, of Ctrl-C among them,
 * in place of the program's own. */
static rn_status start(const rn_transport_link *link)
{
    struct sigaction before[NSIG], now;
    int error, provided = MPI_THREAD_SINGLE;
    for (int number = 1; number < NSIG; number++)
        sigaction(number, NULL, &before[number]);
    error = MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
    for (int number = 1; number < NSIG; number++)
        if (!sigaction(number, NULL, &now) && now.sa_handler != before[number].sa_handler)
            sigaction(number, &before[number], NULL);
    if (!error && provided < MPI_THREAD_FUNNELED)
        return host->fail(RN_E_DEVICE, "MPI: the library was built without support for threads; "
                                       "use one that has it");
    return mpi_check(link, error, "starting");
}

/* A communicator of its own, whose errors are returned. */
static rn_status add_communicator(const rn_transport_link *link, MPI_Comm *out)
{
    int error = MPI_Comm_dup(MPI_COMM_WORLD, out);
    if (!error)
        error = MPI_Comm_set_errhandler(*out, MPI_ERRORS_RETURN);
    return mpi_check(link, error, "making a communicator");
}

static rn_status fail_memory(void)
{
    return host->fail(RN_E_NOMEM, "no memory for the connection between processes");
}

static void destroy(rn_transport_link *link)
{
    free(link->n_posted);
    free(link->n_taken);
    free(link);
}

static rn_status connect(rn_transport_link *link)
{
    rn_status status = start(link);
    if (status)
        return status;
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    MPI_Comm_rank(MPI_COMM_WORLD, &link->process);
    MPI_Comm_size(MPI_COMM_WORLD, &link->n_processes);
    link->n_posted = calloc((size_t)link->n_processes, sizeof *link->n_posted);
    link->n_taken = calloc((size_t)link->n_processes, sizeof *link->n_taken);
    if (!link->n_posted || !link->n_taken)
        return fail_memory();
    status = add_communicator(link, &link->exchanges);
    return status ? status : add_communicator(link, &link->notes);
}

static rn_status open_link(const rn_host *of, rn_transport_info *info, rn_transport_link **out)
{
    rn_transport_link *link = calloc(1, sizeof *link);
    *out = NULL;
    if (!link)
        return fail_memory();
    link->host = of;
    rn_status status = connect(link);
    if (status) {
        destroy(link);
        return status;
    }
    info->process = link->process;
    info->n_processes = link->n_processes;
    *out = link;
    return RN_OK;
}

static void close_link(rn_transport_link *link)
{
    mpi_finish_notes(link);
    mpi_free_exchanges(link);
    MPI_Comm_free(&link->notes);
    MPI_Comm_free(&link->exchanges);
    MPI_Finalize();
    destroy(link);
}

static void abort_link(rn_transport_link *link, int32_t exit_status)
{
    (void)link;
    MPI_Abort(MPI_COMM_WORLD, exit_status);
    _Exit(exit_status);
}

/* The first line of what the library says: "Open MPI v4.1.4, …", "MPICH Version: 4.0.2". */
static const char *library(void)
{
    static char text[MPI_MAX_LIBRARY_VERSION_STRING];
    char whole[MPI_MAX_LIBRARY_VERSION_STRING];
    int length = 0;
    MPI_Get_library_version(whole, &length);
    whole[strcspn(whole, "\n")] = 0;
    size_t used = strcspn(whole, "\t");
    snprintf(text, sizeof text, "%.*s%s%s", (int)used, whole, whole[used] ? " " : "",
             whole + used + strspn(whole + used, "\t"));
    return text;
}

static const rn_transport transport = {
    .size = sizeof(rn_transport),
    .library = library,
    .open = open_link,
    .close = close_link,
    .abort = abort_link,
    .broadcast = mpi_broadcast,
    .all_reduce = mpi_all_reduce,
    .test = mpi_test,
    .post = mpi_post,
    .poll = mpi_poll,
};

static const void *find_extension(const char *id)
{
    return strcmp(id, RN_TRANSPORT_ID) == 0 ? &transport : NULL;
}

rn_status RN_PLUGIN_ENTRY(const rn_host *of, rn_plugin *plugin)
{
    host = of;
    if (!RN_HAS(plugin, extension))
        return host->fail(RN_E_PLUGIN, "mpi is a transport, which takes ABI 0.10");
    plugin->abi_minor = RN_ABI_MINOR;
    plugin->name = "mpi";
    plugin->version = "0.1.0";
    plugin->doc = "Connects the processes that mpirun or srun has started, by MPI.";
    plugin->extension = find_extension;
    return RN_OK;
}
