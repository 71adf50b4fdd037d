/* bisect_fault.c: a fault in words. */
#include "compare/bisect_fault.h"

#include <stdlib.h>

#include "base/text.h"
#include "compare/bisect_attrs.h"
#include "compare/machine.h"
#include "graph/op.h"

void rn_fault_shapes(const rn_case *c, char *text, size_t size)
{
    size_t used = 0;
    text[0] = 0;
    for (int32_t i = 0; i < rn_case_n_operands(c) && used < size; i++) {
        char name[RN_OPERAND_NAME];
        if (!rn_case_has(c, i))
            continue;
        rn_case_operand_name(c, i, name);
        int n = snprintf(text + used, size - used, "%s%s %s", used ? ", " : "", name,
                         RN_DESC_STRING(&c->tensors[i].desc));
        used += n > 0 ? (size_t)n : 0;
    }
}

void rn_fault_title(FILE *out, const rn_fault *fault)
{
    const rn_case *c = &fault->subject;
    char name[RN_OPERAND_NAME];
    if (fault->goal.operand < 0) {
        rn_print(out, "%s (%s): writes outside of its operands\n", c->layer, c->op->name);
        return;
    }
    rn_case_operand_name(c, fault->goal.operand, name);
    rn_print(out, "%s (%s): %s: %s\n", c->layer, c->op->name, name,
             rn_verdict_sentence(fault->goal.verdict));
}

/* Element `i` of a result. */
static double element(const rn_tensor_desc *desc, const void *data, int64_t i)
{
    switch (desc->dtype) {
        case RN_U8: return ((const uint8_t *)data)[i];
        case RN_I32: return ((const int32_t *)data)[i];
        default: return (double)((const float *)data)[i];
    }
}

/* "[0, 3, 1, 1]" */
static void print_index(FILE *out, const rn_tensor_desc *desc, int64_t index)
{
    int64_t below = rn_desc_count(desc);
    for (int32_t dim = 0; dim < desc->rank; dim++) {
        below /= desc->shape[dim];
        rn_print(out, "%s%lld", dim ? ", " : "[", (long long)(index / below % desc->shape[dim]));
    }
    rn_print(out, "]");
}

static void print_difference(FILE *out, const rn_fault *fault)
{
    int32_t operand = fault->goal.operand;
    if (operand < 0)
        return;
    const rn_finding *f = &fault->trial.findings[operand];
    const rn_tensor_desc *desc = &fault->subject.tensors[operand].desc;
    const rn_measures *m = &f->measures;
    rn_print(out, "Expected   %.9g at ",
             element(desc, fault->trial.expected.data[operand], m->worst));
    print_index(out, desc, m->worst);
    rn_print(out, "\nFound      %.9g\n", element(desc, fault->trial.found.data[operand], m->worst));
    rn_print(out,
             "Differs    %lld of %lld elements; RMS of the difference %.3g, of the result %.3g;\n"
             "           rounding explains %.3g of the result's\n",
             (long long)m->n_differing, (long long)m->count, m->rms_difference, m->rms, f->limit);
    if (m->n_nonfinite > m->n_nonfinite_reference)
        rn_print(out, "           %lld of them are not finite\n", (long long)m->n_nonfinite);
}

static void print_operator(FILE *out, const rn_fault *fault)
{
    const rn_case *c = &fault->subject;
    char shapes[RN_FAULT_SHAPES];
    json_t *attrs = rn_attrs_json(c->op, c->attrs);
    char *text = attrs && json_object_size(attrs)
                     ? json_dumps(attrs, JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(9))
                     : NULL;
    rn_fault_shapes(c, shapes, sizeof shapes);
    rn_print(out, "Operands   %s\n", shapes);
    if (text)
        rn_print(out, "Attributes %s\n", text);
    if (fault->n_trials || fault->out_of_time) /* else it is repeated */
        rn_print(out, "Reduced    from %s,\n           in %lld trials%s\n", fault->found_in,
                 (long long)fault->n_trials,
                 fault->out_of_time ? "; it may become smaller with a larger --max-time" : "");
    free(text);
    json_decref(attrs);
}

static void print_device(FILE *out, const char *role, const rn_device *device)
{
    rn_print(out, "%s %s: %s, %s\n", role, device->label, device->info.name, device->info.library);
}

void rn_fault_text(FILE *out, const rn_fault *fault)
{
    char text[RN_MACHINE_TEXT];
    rn_machine machine;
    const rn_trial *t = &fault->trial;
    print_difference(out, fault);
    rn_print(out, "Fails      in %lld of %lld runs%s\n", (long long)t->n_failed,
             (long long)t->n_runs, t->differs ? "; equal inputs gave different bits" : "");
    if (fault->goal.operand >= 0 && t->outside)
        rn_print(out, "           and writes outside of its operands\n");
    print_operator(out, fault);
    print_device(out, "Backend   ", fault->lab->tested);
    rn_print(out, "Precision  %s, convolutions %s, %s\n",
             rn_config_word(fault->config, "backend.precision"),
             rn_config_word(fault->config, "backend.convolution"),
             fault->config->backend.deterministic ? "deterministic" : "not deterministic");
    print_device(out, "Reference ", fault->lab->reference);
    rn_machine_read("", &machine);
    rn_print(out, "Program    resnet-run " RN_VERSION ", %s\n", rn_machine_print(&machine, text));
}

void rn_fault_clear(rn_fault *fault)
{
    rn_case_clear(&fault->subject);
    rn_trial_clear(&fault->trial);
    *fault = (rn_fault){ 0 };
}
