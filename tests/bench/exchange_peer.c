/* exchange_peer.c: as exchange.c, by MPI_Allreduce alone. */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    int count = argc > 1 ? atoi(argv[1]) : 11173962, n = argc > 2 ? atoi(argv[2]) : 20, process;
    float *data = calloc((size_t)count, sizeof *data);
    double *times = calloc((size_t)n, sizeof *times);
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &process);
    for (int i = 0; i < count; i++)
        data[i] = 1;
    for (int i = 0; i < n; i++) {
        MPI_Barrier(MPI_COMM_WORLD);
        double start = MPI_Wtime();
        MPI_Allreduce(MPI_IN_PLACE, data, count, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
        times[i] = (MPI_Wtime() - start) * 1e3;
    }
    qsort(times, (size_t)n, sizeof *times, compare);
    if (process == 0)
        printf("%.3f\n", times[n / 2]);
    MPI_Finalize();
    free(times);
    free(data);
    return 0;
}
