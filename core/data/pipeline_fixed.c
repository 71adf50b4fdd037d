/* pipeline_fixed.c: the transforms at the beginning of a list that draw no random numbers. */
#define _GNU_SOURCE /* open_memstream */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/status.h"
#include "data/pipeline_parts.h"

static void print_value(FILE *out, const rn_setting *value, const rn_tree *origin)
{
    if (value->type == RN_ATTR_FLOAT)
        fprintf(out, "%.17g", value->float_value);
    else if (value->type == RN_ATTR_CHOICE || value->type == RN_ATTR_STRING)
        fputs(value->text_value, out);
    else
        fprintf(out, "%" PRId64, value->int_value[0]);
    /* One number may mean something else than the same one twice: the shorter side. */
    if (value->type == RN_ATTR_PAIR && !(origin && origin->type == RN_TREE_INT))
        fprintf(out, ",%" PRId64, value->int_value[1]);
}

static void print_step(FILE *out, const rn_transform_kind *kind, const rn_attrs *attrs)
{
    fputs(kind->name, out);
    for (uint32_t i = 0; i < attrs->n_rows; i++) {
        fputc(' ', out);
        fputs(rn_attr_row(attrs->rows, i)->name, out);
        fputc('=', out);
        print_value(out, &attrs->values[i], attrs->origins[i]);
    }
    fputs("; ", out);
}

rn_status rn_pipeline_add_fixed(rn_pipeline *pipeline, const rn_attrs *attrs)
{
    const rn_transform_kind *kind = pipeline->steps[pipeline->n_steps - 1].kind;
    char *text = NULL;
    size_t size;
    if (pipeline->resizes || !kind->is_fixed || pipeline->n_fixed < pipeline->n_steps - 1)
        return RN_OK;
    FILE *out = open_memstream(&text, &size);
    if (out) {
        if (pipeline->fixed)
            fputs(pipeline->fixed, out);
        else
            fprintf(out, "for %" PRId64 "x%" PRId64 ": ", pipeline->input.height,
                    pipeline->input.width);
        print_step(out, kind, attrs);
    }
    if (!out || fclose(out)) {
        free(text);
        return rn_fail(RN_E_NOMEM, "not enough memory for transforms");
    }
    free(pipeline->fixed);
    pipeline->fixed = text;
    pipeline->n_fixed = pipeline->n_steps;
    return RN_OK;
}

const char *rn_pipeline_fixed_text(const rn_pipeline *pipeline)
{
    return pipeline->fixed ? pipeline->fixed : "";
}

void rn_pipeline_skip_fixed(rn_pipeline *pipeline)
{
    pipeline->first = pipeline->n_fixed;
}
