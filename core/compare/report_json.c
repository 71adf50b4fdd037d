/* report_json.c: a comparison as JSON. */
#include "base/json.h"
#include "base/status.h"
#include "compare/report_fields.h"
#include "compare/reports.h"

static json_t *numbers_json(const double *values, int64_t count)
{
    if (!values)
        return json_null();
    json_t *list = json_array();
    for (int64_t i = 0; i < count; i++)
        json_array_append_new(list, rn_json_number(values[i]));
    return list;
}

static json_t *speed_json(const rn_speed *speed)
{
    if (!speed->n_steps)
        return json_null();
    json_t *json = json_object();
    rn_fields_json(json, rn_speed_fields, speed);
    rn_json_set(json, "energy_of", rn_json_text(speed->energy_of));
    rn_json_set(json, "times_ms", numbers_json(speed->times_ms, speed->n_steps));
    return json;
}

/* -1 is null. */
static json_t *index_json(int64_t index)
{
    return index < 0 ? json_null() : json_integer(index);
}

static json_t *side_json(const rn_comparison *c, int32_t i)
{
    const rn_compare_side *side = &c->sides[i];
    json_t *json = json_object();
    rn_fields_json(json, rn_compare_side_fields, side);
    rn_json_set(json, "verdict", rn_json_text(rn_verdict_word(side->verdict)));
    rn_json_set(json, "declined",
                side->declined ? rn_json_text(rn_status_name(side->declined)) : json_null());
    rn_json_set(json, "first_row", index_json(side->first_row));
    rn_json_set(json, "first_mode", rn_json_text(rn_compare_mode_words[side->first_mode]));
    rn_json_set(json, "first_step", index_json(side->first_step));
    rn_json_set(json, "losses", numbers_json(side->losses, c->n_losses));
    rn_json_set(json, "speed", speed_json(&side->speed));
    rn_json_set(json, "about", side->about ? json_incref(side->about) : json_null());
    return json;
}

static json_t *compared_json(int32_t side, int mode, const rn_compared *compared)
{
    json_t *json = json_object();
    rn_json_set(json, "side", json_integer(side));
    rn_json_set(json, "mode", rn_json_text(rn_compare_mode_words[mode]));
    rn_json_set(json, "verdict", rn_json_text(rn_verdict_word(compared->verdict)));
    rn_json_set(json, "by", json_integer(compared->by));
    rn_json_set(json, "limit", rn_json_number(compared->limit));
    rn_json_set(json, "tolerance", rn_json_number(compared->tolerance));
    rn_fields_json(json, rn_measures_fields, &compared->measures);
    return json;
}

static json_t *shape_json(const rn_traced *tensor)
{
    json_t *list = json_array();
    for (int32_t i = 0; i < tensor->rank; i++)
        json_array_append_new(list, json_integer(tensor->shape[i]));
    return list;
}

static json_t *noise_json(const rn_compare_row *row)
{
    json_t *json = json_object();
    for (int mode = 0; mode < RN_N_COMPARE_MODES; mode++)
        rn_json_set(json, rn_compare_mode_words[mode], rn_json_number(row->noise[mode]));
    return json;
}

static json_t *row_json(const rn_comparison *c, const rn_compare_row *row)
{
    json_t *json = json_object(), *sides = json_array();
    rn_json_set(json, "kind", rn_json_text(rn_traced_kind_words[row->tensor.kind]));
    rn_fields_json(json, rn_traced_fields, &row->tensor);
    rn_json_set(json, "shape", shape_json(&row->tensor));
    rn_json_set(json, "noise", noise_json(row));
    for (int32_t side = 1; side < c->n_sides; side++)
        for (int mode = 0; mode < RN_N_COMPARE_MODES; mode++)
            if (row->sides[side][mode].verdict != RN_VERDICT_ABSENT)
                json_array_append_new(sides, compared_json(side, mode, &row->sides[side][mode]));
    rn_json_set(json, "sides", sides);
    return json;
}

static json_t *envelope_json(const rn_comparison *c)
{
    if (!c->envelope[0] || !c->envelope[1])
        return json_null();
    json_t *json = json_object();
    rn_json_set(json, "least", numbers_json(c->envelope[0], c->n_losses));
    rn_json_set(json, "largest", numbers_json(c->envelope[1], c->n_losses));
    return json;
}

static json_t *modes_json(const rn_comparison *c)
{
    json_t *list = json_array();
    for (int mode = 0; mode < RN_N_COMPARE_MODES; mode++)
        if (c->modes[mode])
            json_array_append_new(list, rn_json_text(rn_compare_mode_words[mode]));
    return list;
}

static json_t *comparison_json(const rn_comparison *c)
{
    json_t *json = json_object(), *sides = json_array(), *tensors = json_array();
    rn_json_set(json, "schema", json_integer(RN_COMPARE_SCHEMA));
    rn_json_set(json, "kind", rn_json_text(RN_COMPARE_KIND));
    rn_json_set(json, "cfg", rn_json_text(c->cfg));
    rn_json_set(json, "phase", rn_json_text(c->phase));
    rn_fields_json(json, rn_comparison_fields, c);
    rn_json_set(json, "modes", modes_json(c));
    for (int32_t i = 0; i < c->n_sides; i++)
        json_array_append_new(sides, side_json(c, i));
    rn_json_set(json, "sides", sides);
    rn_json_set(json, "n_losses", json_integer(c->n_losses));
    rn_json_set(json, "envelope", envelope_json(c));
    for (int32_t i = 0; i < c->n_rows; i++)
        json_array_append_new(tensors, row_json(c, &c->rows[i]));
    rn_json_set(json, "tensors", tensors);
    return json;
}

rn_status rn_compare_json(FILE *out, const rn_comparison *comparison)
{
    json_t *json = comparison_json(comparison);
    if (!json)
        return rn_fail(RN_E_NOMEM, "no memory for the report");
    json_dumpf(json, out, JSON_INDENT(1));
    fputc('\n', out);
    json_decref(json);
    return RN_OK;
}
