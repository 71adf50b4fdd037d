/* notes.c: the notes of mpi.so: messages on a communicator of their own. */
#include <stdlib.h>
#include <string.h>

#include "mpi/link.h"

/* A note that was posted: kept until MPI has sent it. */
struct mpi_note {
    mpi_note *next;
    MPI_Request request;
    char text[];
};

/* Frees the notes that MPI has sent. */
static rn_status forget_sent(rn_transport_link *link)
{
    mpi_note **at = &link->posted;
    while (*at) {
        mpi_note *note = *at;
        int sent = 0;
        rn_status status =
            mpi_check(link, MPI_Test(&note->request, &sent, MPI_STATUS_IGNORE), "sending a note");
        if (status)
            return status;
        if (sent) {
            *at = note->next;
            free(note);
        } else {
            at = &note->next;
        }
    }
    return RN_OK;
}

rn_status mpi_post(rn_transport_link *link, int32_t to, const void *note, uint32_t bytes)
{
    rn_status status = forget_sent(link);
    mpi_note *kept = status ? NULL : malloc(sizeof *kept + bytes);
    if (!kept)
        return status ? status : link->host->fail(RN_E_NOMEM, "no memory for a note");
    memcpy(kept->text, note, bytes);
    status =
        mpi_check(link,
                  MPI_Isend(kept->text, (int)bytes, MPI_BYTE, to, 0, link->notes, &kept->request),
                  "sending a note");
    if (status) {
        free(kept);
        return status;
    }
    kept->next = link->posted;
    link->posted = kept;
    link->n_posted[to]++;
    return RN_OK;
}

rn_status mpi_poll(rn_transport_link *link, int32_t *from, void *note, uint32_t *bytes)
{
    int is_there = 0, count = 0;
    MPI_Status found;
    *bytes = 0;
    rn_status status = forget_sent(link);
    if (!status)
        status =
            mpi_check(link, MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, link->notes, &is_there, &found),
                      "looking for notes");
    if (status || !is_there)
        return status;
    MPI_Get_count(&found, MPI_BYTE, &count);
    status = mpi_check(link,
                       MPI_Recv(note, RN_TRANSPORT_NOTE_BYTES, MPI_BYTE, found.MPI_SOURCE,
                                found.MPI_TAG, link->notes, MPI_STATUS_IGNORE),
                       "receiving a note");
    link->n_taken[found.MPI_SOURCE]++;
    *from = found.MPI_SOURCE;
    *bytes = status ? 0 : (uint32_t)count;
    return status;
}

/* Takes what others have posted and this process has not polled: a message that nobody receives may
 * hang MPI_Finalize. Each process tells the others how many it has posted to them. */
static rn_status take_rest(rn_transport_link *link)
{
    char note[RN_TRANSPORT_NOTE_BYTES];
    int *expected = calloc((size_t)link->n_processes, sizeof *expected);
    if (!expected)
        return link->host->fail(RN_E_NOMEM, "no memory for the end of a connection");
    rn_status status =
        mpi_check(link, MPI_Alltoall(link->n_posted, 1, MPI_INT, expected, 1, MPI_INT, link->notes),
                  "counting notes");
    for (int from = 0; from < link->n_processes; from++)
        for (int n = link->n_taken[from]; n < expected[from] && !status; n++)
            status = mpi_check(link,
                               MPI_Recv(note, sizeof note, MPI_BYTE, from, 0, link->notes,
                                        MPI_STATUS_IGNORE),
                               "receiving the last notes");
    free(expected);
    return status;
}

rn_status mpi_finish_notes(rn_transport_link *link)
{
    rn_status status = take_rest(link);
    while (link->posted && !status)
        status = forget_sent(link);
    return status;
}
