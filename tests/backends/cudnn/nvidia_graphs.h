/* nvidia_graphs.h: NVIDIA's own cuDNN without a GPU, for its graph interface: it makes graphs,
 * asks its heuristics and makes plans for a GPU of which it is told the properties. */
#ifndef RN_TESTS_NVIDIA_GRAPHS_H
#define RN_TESTS_NVIDIA_GRAPHS_H

#include <cudnn.h>

/* Opens the library and describes a GPU to it. Afterwards the program's calls of cudnnBackend… go
 * to it. Returns why that is impossible; NULL: it was done. */
const char *nvidia_graphs_open(int arch);
void nvidia_graphs_close(void);

#endif
