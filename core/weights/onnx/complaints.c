/* complaints.c: the nodes that cannot be taken, in one message. */
#include "weights/onnx/complaints.h"

#include <stdio.h>
#include <string.h>

#include "base/status.h"

#define TEXT 1800 /* what fits in a message */

static struct rn_onnx_fault *find(rn_onnx_complaints *c, const char *op, const char *why)
{
    for (int i = 0; i < c->n_faults; i++)
        if (strcmp(c->faults[i].op, op) == 0 && strcmp(c->faults[i].why, why) == 0)
            return &c->faults[i];
    if (c->n_faults == RN_ONNX_MAX_FAULTS)
        return NULL;
    struct rn_onnx_fault *fault = &c->faults[c->n_faults++];
    *fault = (struct rn_onnx_fault){ .op = op, .why = why };
    return fault;
}

void rn_onnx_complain(rn_onnx_complaints *c, const rn_onnx_node *node, const char *why)
{
    struct rn_onnx_fault *fault = find(c, node->op_type, why);
    if (!fault) {
        c->left_out++;
        return;
    }
    if (fault->count < RN_ONNX_MAX_NAMED)
        fault->nodes[fault->count] = node->name ? node->name : "";
    fault->count++;
}

/* "a", "b" and 7 more (Selu): why */
static void describe(const struct rn_onnx_fault *fault, char *line, size_t size)
{
    int64_t named = fault->count < RN_ONNX_MAX_NAMED ? fault->count : RN_ONNX_MAX_NAMED;
    *line = 0;
    for (int64_t i = 0; i < named; i++) {
        size_t used = strlen(line);
        snprintf(line + used, size - used, "%s\"%.100s\"", i ? ", " : "", fault->nodes[i]);
    }
    size_t used = strlen(line);
    if (fault->count > named)
        snprintf(line + used, size - used, " and %lld more", (long long)(fault->count - named));
    used = strlen(line);
    snprintf(line + used, size - used, " (%.40s): %.400s", fault->op, fault->why);
}

rn_status rn_onnx_complaints_fail(const rn_onnx_complaints *c, const char *path)
{
    static const char needs[] = "the network cannot be made of layers, because of these nodes";
    char text[TEXT] = "", line[1024];
    int64_t left_out = c->left_out;
    if (!c->n_faults)
        return RN_OK;
    for (int i = 0; i < c->n_faults; i++) {
        size_t used = strlen(text);
        describe(&c->faults[i], line, sizeof line);
        if (used + strlen(line) + 2 < sizeof text)
            snprintf(text + used, sizeof text - used, "%s%s", used ? "; " : "", line);
        else
            left_out += c->faults[i].count;
    }
    if (left_out)
        return rn_fail(RN_E_DATA, "%s: %s: %s; and %lld more", path, needs, text,
                       (long long)left_out);
    return rn_fail(RN_E_DATA, "%s: %s: %s", path, needs, text);
}
