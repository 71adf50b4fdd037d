/* report_read.c: a comparison from the JSON that report_json.c writes. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "compare/report_fields.h"
#include "compare/reports.h"

#define WHERE_SIZE 512

/* ---- Words ---- */

/* The index of a word in a list that begins at `first`; -1: there is none. */
static int find_word(const json_t *value, const char *const *words, int first, int end)
{
    const char *text = json_string_value(value);
    for (int i = first; text && i < end; i++)
        if (strcmp(words[i], text) == 0)
            return i;
    return -1;
}

static rn_status take_mode(const json_t *from, const char *key, const char *where,
                           rn_compare_mode *mode)
{
    int found = find_word(json_object_get(from, key), rn_compare_mode_words, 0, RN_N_COMPARE_MODES);
    if (found < 0)
        return rn_fail(RN_E_DATA, "%s: \"%s\" is no mode; expected chained or isolated", where,
                       key);
    *mode = (rn_compare_mode)found;
    return RN_OK;
}

static rn_status take_verdict(const json_t *from, const char *where, rn_verdict *verdict)
{
    const char *text = json_string_value(json_object_get(from, "verdict"));
    for (int i = 0; text && i < RN_N_VERDICTS; i++)
        if (strcmp(rn_verdict_word((rn_verdict)i), text) == 0) {
            *verdict = (rn_verdict)i;
            return RN_OK;
        }
    return rn_fail(RN_E_DATA, "%s: \"verdict\" is \"%s\"; expected one of share/doc/comparing.md",
                   where, text ? text : "");
}

/* ---- Lists ---- */

static double number_or(const json_t *value, double other)
{
    return json_is_number(value) ? json_number_value(value) : other;
}

/* The list of a key, of `count` values (-1: any number). */
static rn_status take_list(const json_t *from, const char *key, const char *where, int64_t count,
                           const json_t **list)
{
    *list = json_object_get(from, key);
    int64_t found = (int64_t)json_array_size(*list);
    if (!json_is_array(*list))
        return rn_fail(RN_E_DATA, "%s: \"%s\" is no list", where, key);
    if (count >= 0 && found != count)
        return rn_fail(RN_E_DATA, "%s: \"%s\" has %lld values; expected %lld", where, key,
                       (long long)found, (long long)count);
    return RN_OK;
}

/* The numbers of a key, or NULL for null. The caller frees them. */
static rn_status take_numbers(const json_t *from, const char *key, const char *where, int64_t count,
                              double **numbers)
{
    const json_t *list;
    *numbers = NULL;
    if (json_is_null(json_object_get(from, key)))
        return RN_OK;
    rn_status status = take_list(from, key, where, count, &list);
    if (status)
        return status;
    *numbers = calloc((size_t)count + 1, sizeof **numbers);
    if (!*numbers)
        return rn_fail(RN_E_NOMEM, "no memory for a comparison");
    for (int64_t i = 0; i < count; i++) {
        const json_t *value = json_array_get(list, (size_t)i);
        (*numbers)[i] = number_or(value, NAN);
    }
    return RN_OK;
}

/* An index below `count`; null is -1. */
static rn_status take_index(const json_t *from, const char *key, const char *where, int64_t count,
                            int64_t *index)
{
    const json_t *value = json_object_get(from, key);
    *index = json_is_integer(value) ? json_integer_value(value) : -1;
    if (json_is_null(value) || (*index >= 0 && *index < count))
        return RN_OK;
    return rn_fail(RN_E_DATA, "%s: \"%s\" is not null and no integer below %lld", where, key,
                   (long long)count);
}

/* ---- Sides ---- */

/* A status by its name; null is RN_OK. */
static rn_status take_declined(const json_t *from, const char *where, rn_status *declined)
{
    const json_t *value = json_object_get(from, "declined");
    const char *name = json_string_value(value);
    *declined = RN_OK;
    if (json_is_null(value))
        return RN_OK;
    for (rn_status status = RN_OK + 1; name && status <= RN_E_INTERRUPTED; status++)
        if (strcmp(rn_status_name(status), name) == 0) {
            *declined = status;
            return RN_OK;
        }
    return rn_fail(RN_E_DATA, "%s: \"declined\" is neither null nor a status", where);
}

static rn_status take_speed(const json_t *side, const char *where, rn_speed *speed)
{
    const json_t *from = json_object_get(side, "speed");
    if (json_is_null(from))
        return RN_OK;
    rn_status status = rn_fields_read(from, rn_speed_fields, where, speed);
    speed->energy_of = json_string_value(json_object_get(from, "energy_of"));
    return status ? status
                  : take_numbers(from, "times_ms", where, speed->n_steps, &speed->times_ms);
}

static rn_status take_side(const json_t *from, const char *where, rn_comparison *c,
                           rn_compare_side *side)
{
    int64_t row;
    rn_status status = rn_fields_read(from, rn_compare_side_fields, where, side);
    if (!status)
        status = take_verdict(from, where, &side->verdict);
    if (!status)
        status = take_declined(from, where, &side->declined);
    if (!status)
        status = take_index(from, "first_row", where, c->n_rows, &row);
    if (status)
        return status;
    side->first_row = (int32_t)row;
    status = take_mode(from, "first_mode", where, &side->first_mode);
    if (!status)
        status = take_index(from, "first_step", where, c->n_losses, &side->first_step);
    if (!status)
        status = take_numbers(from, "losses", where, c->n_losses, &side->losses);
    if (!status)
        status = take_speed(from, where, &side->speed);
    json_t *about = json_object_get(from, "about");
    side->about = json_is_object(about) ? json_incref(about) : NULL;
    if (!status && !side->label)
        status = rn_fail(RN_E_DATA, "%s: \"label\" is null; expected a string", where);
    return status;
}

static rn_status take_sides(const json_t *root, const char *path, rn_comparison *c)
{
    const json_t *list;
    char where[WHERE_SIZE];
    rn_status status = take_list(root, "sides", path, -1, &list);
    if (status)
        return status;
    size_t n = json_array_size(list);
    if (n < 1 || n > RN_MAX_SIDES)
        return rn_fail(RN_E_DATA, "%s: %zu sides; expected 1 to %d", path, n, RN_MAX_SIDES);
    for (size_t i = 0; i < n && !status; i++) {
        snprintf(where, sizeof where, "%s: side %zu", path, i);
        c->n_sides = (int32_t)i + 1;
        status = take_side(json_array_get(list, i), where, c, &c->sides[i]);
    }
    return status;
}

/* ---- Rows ---- */

static rn_status take_shape(const json_t *from, const char *where, rn_traced *tensor)
{
    const json_t *list;
    rn_status status = take_list(from, "shape", where, -1, &list);
    if (status)
        return status;
    if (json_array_size(list) > RN_MAX_RANK)
        return rn_fail(RN_E_DATA, "%s: \"shape\" has more than %d sizes", where, RN_MAX_RANK);
    tensor->rank = (int32_t)json_array_size(list);
    for (int32_t i = 0; i < tensor->rank; i++)
        tensor->shape[i] = json_integer_value(json_array_get(list, (size_t)i));
    return RN_OK;
}

/* The row of the operator that computed a tensor. */
static rn_status take_by(const json_t *from, const char *where, const rn_comparison *c, int32_t *by)
{
    int64_t index = 0;
    rn_status status = take_index(from, "by", where, c->n_rows, &index);
    if (!status && index < 0)
        status = rn_fail(RN_E_DATA, "%s: \"by\" is null; expected a tensor's place", where);
    *by = (int32_t)index;
    return status;
}

static rn_status take_compared(const json_t *from, const char *where, const rn_comparison *c,
                               rn_compare_row *row)
{
    rn_compare_mode mode = RN_COMPARE_CHAINED;
    int64_t side = 0;
    rn_status status = take_index(from, "side", where, c->n_sides, &side);
    if (!status)
        status = take_mode(from, "mode", where, &mode);
    if (status)
        return status;
    if (side < 1)
        return rn_fail(RN_E_DATA, "%s: \"side\" is not from 1 on", where);
    rn_compared *to = &row->sides[side][mode];
    to->limit = number_or(json_object_get(from, "limit"), INFINITY);
    to->tolerance = number_or(json_object_get(from, "tolerance"), INFINITY);
    status = take_by(from, where, c, &to->by);
    if (!status)
        status = take_verdict(from, where, &to->verdict);
    return status ? status : rn_fields_read(from, rn_measures_fields, where, &to->measures);
}

static rn_status take_row(const json_t *from, const char *where, const rn_comparison *c,
                          rn_compare_row *row)
{
    const json_t *sides, *noise = json_object_get(from, "noise");
    int kind = find_word(json_object_get(from, "kind"), rn_traced_kind_words, RN_TRACED_FORWARD,
                         RN_TRACED_MASK + 1);
    rn_status status = rn_fields_read(from, rn_traced_fields, where, &row->tensor);
    if (status)
        return status;
    if (kind < 0 || !row->tensor.name || !row->tensor.op)
        return rn_fail(RN_E_DATA, "%s: \"kind\", \"name\" or \"op\" is not one", where);
    row->tensor.kind = (rn_traced_kind)kind;
    for (int mode = 0; mode < RN_N_COMPARE_MODES; mode++)
        row->noise[mode] = number_or(json_object_get(noise, rn_compare_mode_words[mode]), NAN);
    status = take_shape(from, where, &row->tensor);
    if (!status)
        status = take_list(from, "sides", where, -1, &sides);
    for (size_t i = 0; !status && i < json_array_size(sides); i++)
        status = take_compared(json_array_get(sides, i), where, c, row);
    return status;
}

static rn_status take_rows(const json_t *root, const char *path, rn_comparison *c)
{
    const json_t *list = json_object_get(root, "tensors");
    char where[WHERE_SIZE];
    rn_status status = RN_OK;
    for (int32_t i = 0; i < c->n_rows && !status; i++) {
        snprintf(where, sizeof where, "%s: tensor %d", path, (int)i);
        status = take_row(json_array_get(list, (size_t)i), where, c, &c->rows[i]);
    }
    return status;
}

/* ---- The whole ---- */

static rn_status take_modes(const json_t *root, const char *path, rn_comparison *c)
{
    const json_t *list;
    rn_status status = take_list(root, "modes", path, -1, &list);
    for (size_t i = 0; !status && i < json_array_size(list); i++) {
        int mode = find_word(json_array_get(list, i), rn_compare_mode_words, 0, RN_N_COMPARE_MODES);
        if (mode < 0)
            return rn_fail(RN_E_DATA, "%s: \"modes\": expected chained and isolated", path);
        c->modes[mode] = true;
    }
    return status;
}

/* What the others refer to: how many tensors and losses there are. */
static rn_status take_counts(const json_t *root, const char *path, rn_comparison *c)
{
    const json_t *list;
    rn_status status = take_list(root, "tensors", path, -1, &list);
    if (status)
        return status;
    size_t n = json_array_size(list);
    c->rows = calloc(n + 1, sizeof *c->rows);
    if (!c->rows)
        return rn_fail(RN_E_NOMEM, "no memory for a comparison");
    c->n_rows = (int32_t)n;
    c->n_losses = json_integer_value(json_object_get(root, "n_losses"));
    if (c->n_losses < 0 || c->n_losses > 1000000000)
        return rn_fail(RN_E_DATA, "%s: \"n_losses\" is not from 0 to 1e9", path);
    return RN_OK;
}

static rn_status take_envelope(const json_t *root, const char *path, rn_comparison *c)
{
    const json_t *envelope = json_object_get(root, "envelope");
    if (json_is_null(envelope))
        return RN_OK;
    rn_status status = take_numbers(envelope, "least", path, c->n_losses, &c->envelope[0]);
    return status ? status : take_numbers(envelope, "largest", path, c->n_losses, &c->envelope[1]);
}

rn_status rn_compare_read(const char *path, json_t *root, rn_read_comparison *read)
{
    rn_comparison *c = &read->comparison;
    *read = (rn_read_comparison){ .root = root };
    c->cfg = json_string_value(json_object_get(root, "cfg"));
    c->phase = json_string_value(json_object_get(root, "phase"));
    if (!c->cfg || !c->phase)
        return rn_fail(RN_E_DATA, "%s: \"cfg\" or \"phase\" is no text", path);
    rn_status status = rn_fields_read(root, rn_comparison_fields, path, c);
    if (!status)
        status = take_modes(root, path, c);
    if (!status)
        status = take_counts(root, path, c);
    if (!status)
        status = take_sides(root, path, c);
    if (!status)
        status = take_envelope(root, path, c);
    return status ? status : take_rows(root, path, c);
}

void rn_read_comparison_clear(rn_read_comparison *read)
{
    rn_comparison_clear(&read->comparison);
    json_decref(read->root);
    read->root = NULL;
}
