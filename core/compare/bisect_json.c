/* bisect_json.c: a fault as JSON. */
#include "compare/bisect_json.h"

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "base/status.h"
#include "compare/bisect_attrs.h"
#include "io/json_file.h"

/* ---- Writing ---- */

static json_t *real_or_null(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

static json_t *fault_json(const rn_fault *fault)
{
    char name[RN_OPERAND_NAME];
    json_t *object = json_object();
    if (fault->goal.operand >= 0)
        rn_case_operand_name(&fault->subject, fault->goal.operand, name);
    rn_json_set(object, "operand", rn_json_text(fault->goal.operand >= 0 ? name : NULL));
    rn_json_set(object, "verdict", rn_json_text(rn_verdict_word(fault->goal.verdict)));
    rn_json_set(object, "runs", json_integer(fault->trial.n_runs));
    rn_json_set(object, "failed", json_integer(fault->trial.n_failed));
    rn_json_set(object, "writes_outside", json_boolean(fault->trial.outside));
    return object;
}

static json_t *limits_json(const rn_fault *fault)
{
    json_t *object = json_object();
    for (int32_t i = 0; i < rn_case_n_operands(&fault->subject); i++) {
        char name[RN_OPERAND_NAME];
        const rn_finding *f = &fault->trial.findings[i];
        if (!fault->trial.expected.data[i])
            continue;
        rn_case_operand_name(&fault->subject, i, name);
        rn_json_set(object, name,
                    json_pack("{s:o, s:o}", "limit", real_or_null(f->limit), "noise",
                              real_or_null(f->noise)));
    }
    return object;
}

static json_t *device_json(const rn_device *device)
{
    json_t *object = json_object();
    rn_json_set(object, "label", rn_json_text(device->label));
    rn_json_set(object, "device", rn_json_text(device->info.name));
    rn_json_set(object, "library", rn_json_text(device->info.library));
    return object;
}

static json_t *backend_json(const rn_fault *fault)
{
    const rn_config *config = fault->config;
    json_t *object = device_json(fault->lab->tested);
    rn_json_set(object, "precision", rn_json_text(rn_config_word(config, "backend.precision")));
    rn_json_set(object, "convolution", rn_json_text(rn_config_word(config, "backend.convolution")));
    rn_json_set(object, "deterministic", json_boolean(config->backend.deterministic));
    return object;
}

void rn_fault_print_json(FILE *out, const rn_fault *fault)
{
    const rn_case *c = &fault->subject;
    json_t *object = json_object();
    rn_json_set(object, "schema", json_integer(RN_FAULT_SCHEMA));
    rn_json_set(object, "operator", rn_json_text(c->op->name));
    rn_json_set(object, "layer", rn_json_text(c->layer));
    rn_json_set(object, "attributes", rn_attrs_json(c->op, c->attrs));
    rn_json_set(object, "fault", fault_json(fault));
    rn_json_set(object, "limits", limits_json(fault));
    rn_json_set(object, "reduced_from", rn_json_text(fault->found_in));
    rn_json_set(object, "backend", backend_json(fault));
    rn_json_set(object, "reference", device_json(fault->lab->reference));
    rn_json_set(object, "version", rn_json_text(RN_VERSION));
    json_dumpf(object, out, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(17));
    fputc('\n', out);
    json_decref(object);
}

/* ---- Reading ---- */

static rn_status check_schema(const char *path, const json_t *object)
{
    const json_t *schema = json_object_get(object, "schema");
    if (json_is_integer(schema) && json_integer_value(schema) == RN_FAULT_SCHEMA)
        return RN_OK;
    return rn_fail(RN_E_DATA, "%s: expected \"schema\": %d, as bisect writes it", path,
                   RN_FAULT_SCHEMA);
}

rn_status rn_fault_load_json(const char *path, rn_fault *fault, json_t **object)
{
    rn_case *c = &fault->subject;
    rn_status status = rn_json_file_read(path, "expected what bisect writes", object);
    if (!status)
        status = check_schema(path, *object);
    if (status)
        return status;
    const char *op = json_string_value(json_object_get(*object, "operator"));
    const char *layer = json_string_value(json_object_get(*object, "layer"));
    c->op = op ? rn_op_find(op) : NULL;
    if (!c->op || !layer)
        return rn_fail(RN_E_DATA, "%s: \"operator\" or \"layer\" is missing, or unknown: \"%s\"",
                       path, op ? op : "");
    c->layer = strdup(layer);
    if (!c->layer)
        return rn_fail(RN_E_NOMEM, "no memory for %s", path);
    status = rn_attrs_read(c->op, json_object_get(*object, "attributes"), &c->attrs);
    return status ? rn_fail_at(status, "%s", path) : RN_OK;
}

static int32_t find_operand(const rn_case *c, const char *wanted)
{
    for (int32_t i = 0; wanted && i < rn_case_n_operands(c); i++) {
        char name[RN_OPERAND_NAME];
        rn_case_operand_name(c, i, name);
        if (strcmp(name, wanted) == 0 && rn_case_writes(c, i))
            return i;
    }
    return -1;
}

static rn_verdict find_verdict(const char *word)
{
    int verdict = RN_N_VERDICTS - 1;
    while (verdict > 0 && (!word || strcmp(word, rn_verdict_word((rn_verdict)verdict)) != 0))
        verdict--;
    return (rn_verdict)verdict;
}

static rn_status read_goal(const char *path, const json_t *fault_object, rn_fault *fault)
{
    const json_t *operand = json_object_get(fault_object, "operand");
    json_int_t runs = json_integer_value(json_object_get(fault_object, "runs"));
    json_int_t failed = json_integer_value(json_object_get(fault_object, "failed"));
    fault->goal.operand = find_operand(&fault->subject, json_string_value(operand));
    fault->goal.verdict = find_verdict(json_string_value(json_object_get(fault_object, "verdict")));
    fault->trial.n_runs = runs;
    fault->trial.n_failed = failed;
    bool is_known = json_is_null(operand) || fault->goal.operand >= 0;
    if (is_known && rn_verdict_fails(fault->goal.verdict) && failed > 0 && runs >= failed &&
        runs <= 1000000)
        return RN_OK;
    return rn_fail(RN_E_DATA,
                   "%s: \"fault\" is missing, or its operand, verdict or numbers are not "
                   "as bisect writes them",
                   path);
}

rn_status rn_fault_read_findings(const char *path, const json_t *object, rn_fault *fault)
{
    const json_t *limits = json_object_get(object, "limits");
    for (int32_t i = 0; i < rn_case_n_operands(&fault->subject); i++) {
        char name[RN_OPERAND_NAME];
        rn_finding *f = &fault->trial.findings[i];
        rn_case_operand_name(&fault->subject, i, name);
        const json_t *entry = json_object_get(limits, name);
        const json_t *limit = json_object_get(entry, "limit");
        const json_t *noise = json_object_get(entry, "noise");
        if (fault->trial.expected.data[i] && !json_is_number(limit))
            return rn_fail(RN_E_DATA, "%s: \"limits\" lacks \"%s\"", path, name);
        f->limit = json_number_value(limit);
        f->noise = json_is_number(noise) ? json_number_value(noise) : NAN;
    }
    return read_goal(path, json_object_get(object, "fault"), fault);
}
