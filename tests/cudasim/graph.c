/* graph.c: graphs of captured work, and their launches. Of two pieces of work that do not depend on
 * each other, the later runs first, so that a missing dependency shows; except in the order
 * "others". */
#include <stdlib.h>
#include <string.h>

#include "machine.h"

struct CUgraphExec_st {
    struct CUgraph_st graph;
    int *order;
    cudasim_mark *last; /* of the last launch */
};

/* One launch and its progress. */
typedef struct launch {
    cudaGraphExec_t exec;
    int at;
    void *what; /* a copy of the current node's data, which its work may change */
} launch;

static cudasim_graph_observer *observer; /* NULL: none */

void cudasim_graph_observe(cudasim_graph_observer *observe)
{
    observer = observe;
}

static void notify(const cudasim_node *node, int change)
{
    if (observer && node->run)
        observer(node->run, node->what, change);
}

cudaGraph_t cudasim_graph_new(void)
{
    return cudasim_object_new("cudaGraph_t", sizeof(struct CUgraph_st));
}

static void clear(struct CUgraph_st *graph)
{
    for (int i = 0; i < graph->n; i++) {
        notify(&graph->nodes[i], -1);
        free(graph->nodes[i].what);
    }
    free(graph->nodes);
    graph->nodes = NULL;
    graph->n = 0;
}

void cudasim_graph_free(cudaGraph_t graph)
{
    clear(graph);
    cudasim_object_free("cudaGraph_t", graph);
}

static void *copy_of(const void *what, size_t bytes)
{
    void *copy = aligned_alloc(64, (bytes + 64) / 64 * 64);
    if (!copy)
        abort();
    if (bytes)
        memcpy(copy, what, bytes);
    return copy;
}

int cudasim_graph_add(cudaGraph_t graph, const cudasim_node *node)
{
    if (graph->n == graph->capacity) {
        graph->capacity = graph->capacity ? 2 * graph->capacity : 64;
        graph->nodes = realloc(graph->nodes, (size_t)graph->capacity * sizeof *graph->nodes);
        if (!graph->nodes)
            abort();
    }
    cudasim_node *added = &graph->nodes[graph->n];
    *added = *node;
    added->what = copy_of(node->what, node->bytes);
    notify(added, 1);
    return graph->n++;
}

static bool is_ready(const struct CUgraph_st *graph, const bool *done, int i)
{
    const int *after = graph->nodes[i].after;
    return !done[i] && (after[0] < 0 || done[after[0]]) && (after[1] < 0 || done[after[1]]);
}

/* Picks the last ready node each time. */
static void find_order(cudaGraphExec_t exec)
{
    const struct CUgraph_st *graph = &exec->graph;
    bool *done = calloc((size_t)graph->n + 1, sizeof *done);
    exec->order = calloc((size_t)graph->n + 1, sizeof *exec->order);
    if (!done || !exec->order)
        abort();
    for (int n = 0; n < graph->n; n++) {
        int next = n;
        if (cudasim_order_of_work() != CUDASIM_OTHERS)
            for (next = graph->n - 1; !is_ready(graph, done, next); next--) {
            }
        done[next] = true;
        exec->order[n] = next;
    }
    free(done);
}

cudaGraphExec_t cudasim_exec_new(const struct CUgraph_st *graph)
{
    cudaGraphExec_t exec = cudasim_object_new("cudaGraphExec_t", sizeof *exec);
    if (!exec)
        return NULL;
    for (int i = 0; i < graph->n; i++)
        cudasim_graph_add(&exec->graph, &graph->nodes[i]);
    find_order(exec);
    return exec;
}

void cudasim_exec_free(cudaGraphExec_t exec)
{
    if (exec->last && !exec->last->done)
        cudasim_wait("cudaGraphExecDestroy", exec->last->stream, exec->last);
    cudasim_mark_drop(exec->last);
    clear(&exec->graph);
    free(exec->order);
    cudasim_object_free("cudaGraphExec_t", exec);
}

static bool run_launch(void *what)
{
    launch *one = what;
    const struct CUgraph_st *graph = &one->exec->graph;
    for (; one->at < graph->n; one->at++) {
        const cudasim_node *node = &graph->nodes[one->exec->order[one->at]];
        if (!node->run)
            continue;
        if (!one->what)
            one->what = copy_of(node->what, node->bytes);
        if (!node->run(one->what))
            return false;
        free(one->what);
        one->what = NULL;
    }
    return true;
}

void cudasim_exec_launch(cudaGraphExec_t exec, cudaStream_t stream)
{
    launch one = { exec, 0, NULL };
    if (exec->last)
        cudasim_stream_await(stream, exec->last);
    cudasim_mark_drop(exec->last);
    cudasim_stream_push("cudaGraphLaunch", stream, run_launch, &one, sizeof one);
    exec->last = cudasim_stream_mark(stream);
}
