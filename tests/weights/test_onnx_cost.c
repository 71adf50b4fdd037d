/* test_onnx_cost.c: an ONNX model costs no more memory and time than the file is worth. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/status.h"
#include "support/check.h"
#include "weights/weights_files.h"

/* Bytes of a model that begins as one. */
typedef struct bytes {
    uint8_t *data;
    size_t size, room;
} bytes;

static void append(bytes *to, const void *from, size_t size)
{
    while (!to->data || to->size + size > to->room) {
        to->room = to->room ? 2 * to->room : 4096;
        to->data = realloc(to->data, to->room);
    }
    CU_ASSERT_PTR_NOT_NULL_FATAL(to->data);
    memcpy(to->data + to->size, from, size);
    to->size += size;
}

/* A message of field `tag` around the bytes, which it replaces. */
static void wrap(bytes *inner, uint8_t tag)
{
    uint8_t head[11] = { tag };
    size_t n = 1;
    for (size_t rest = inner->size; n == 1 || rest; rest >>= 7)
        head[n++] = (uint8_t)((rest & 127) | (rest >> 7 ? 128 : 0));
    bytes outer = { NULL, 0, 0 };
    append(&outer, head, n);
    append(&outer, inner->data, inner->size);
    free(inner->data);
    *inner = outer;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Opens the bytes as a graph's model: refused, soon, and in little memory. */
static void check_cheap(bytes graph, const char *words)
{
    static const uint8_t head[] = { 0x08, 0x08, 0x12, 0x01, 'x' };
    bytes file = { NULL, 0, 0 };
    struct rusage before, after;
    append(&file, head, sizeof head);
    append(&file, graph.data, graph.size);
    free(graph.data);
    weights_write("large.onnx", file.data, file.size);
    free(file.data);
    getrusage(RUSAGE_SELF, &before);
    double start = seconds();
    CU_ASSERT_TRUE(check_failed(weights_open_scratch("large.onnx"), RN_E_DATA, words));
    CU_ASSERT_TRUE(seconds() - start < 5);
    getrusage(RUSAGE_SELF, &after);
    CU_ASSERT_TRUE((after.ru_maxrss - before.ru_maxrss) / 1024 < 200 + (long)(file.size >> 20));
}

/* A graph in an attribute of a node of a graph, and so on. */
static void test_nested(void)
{
    bytes inner = { NULL, 0, 0 };
    append(&inner, "", 0);
    for (int depth = 0; depth < 2000; depth++) {
        wrap(&inner, 0x32); /* AttributeProto.g */
        wrap(&inner, 0x2a); /* NodeProto.attribute */
        wrap(&inner, 0x0a); /* GraphProto.node */
    }
    wrap(&inner, 0x3a);
    check_cheap(inner, "ONNX operator set 0");
}

static void test_many_nodes(void)
{
    bytes graph = { NULL, 0, 0 };
    for (int i = 0; i < 100000; i++) {
        char node[64];
        int n =
            snprintf(node, sizeof node, "\x0a%c\x0a\x06%06d\x12\x06%06d\x22\x04Relu", 22, i, i + 1);
        append(&graph, node, (size_t)n);
    }
    wrap(&graph, 0x3a);
    static const uint8_t opset[] = { 0x42, 0x02, 0x10, 0x0d };
    append(&graph, opset, sizeof opset);
    check_cheap(graph, "has 100000 nodes, expected 20000 at most");
}

/* Empty messages, of which each takes many times its two bytes. */
static void test_small_parts(void)
{
    static uint8_t nodes[8 << 20];
    bytes graph = { NULL, 0, 0 };
    for (size_t i = 0; i < sizeof nodes; i += 2)
        nodes[i] = 0x0a;
    append(&graph, nodes, sizeof nodes);
    wrap(&graph, 0x3a);
    check_cheap(graph, "of more parts than 64 MB hold");
}

/* A graph that is repeated, which is merged with all before it. */
static void test_repeated(void)
{
    bytes file = { NULL, 0, 0 };
    static uint8_t graphs[400000 * 4];
    for (size_t i = 0; i < sizeof graphs; i += 4)
        memcpy(graphs + i, "\x3a\x02\x0a\x00", 4);
    append(&file, graphs, sizeof graphs);
    check_cheap(file, "of more parts than 64 MB hold");
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "nested graphs", test_nested },
        { "100,000 nodes", test_many_nodes },
        { "millions of empty nodes", test_small_parts },
        { "a repeated graph", test_repeated },
        CU_TEST_INFO_NULL,
    };
    return check_run("costly ONNX models", tests);
}
