/* pipeline_list.c: from a list of transforms in a cfg to the steps of a pipeline. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/status.h"
#include "data/pipeline_parts.h"

#define MAX_KINDS 64

static rn_status find_kind(const rn_tree *name, const rn_transform_kind **out)
{
    const char *names[MAX_KINDS + 1] = { NULL };
    for (int i = 0; rn_transform_kinds[i] && i < MAX_KINDS; i++) {
        *out = rn_transform_kinds[i];
        names[i] = (*out)->name;
        if (!strcmp(names[i], name->text_value))
            return RN_OK;
    }
    const char *nearest = rn_nearest(name->text_value, names);
    return rn_tree_fail(name, "unknown transform \"%.80s\"; did you mean \"%s\"?", name->text_value,
                        nearest ? nearest : names[0]);
}

/* The kind that an element of the list names. */
static rn_status read_kind(const rn_tree *element, int i, const rn_transform_kind **out)
{
    const rn_tree *name = rn_tree_get(element, "transform");
    if (element->type != RN_TREE_GROUP)
        return rn_tree_fail(
            element, "data.transforms: element %d: found %s, expected a group { transform = ...; }",
            i + 1, rn_tree_type_name(element->type));
    if (!name)
        return rn_tree_fail(element,
                            "data.transforms: element %d: transform is missing, expected its name",
                            i + 1);
    if (name->type != RN_TREE_STRING)
        return rn_tree_fail(name,
                            "data.transforms: element %d: transform: found %s, expected its name",
                            i + 1, rn_tree_type_name(name->type));
    return find_kind(name, out);
}

/* Why a transform cannot stand after the steps that there are; NULL: it can. */
static const char *misplaced(const rn_pipeline *pipeline, const rn_transform_kind *kind)
{
    const rn_transform_kind *last =
        pipeline->n_steps ? pipeline->steps[pipeline->n_steps - 1].kind : NULL;
    bool is_normalise = kind == &rn_transform_normalise;
    if (last && last->is_batch && !kind->is_batch)
        return "stands after one that mixes pictures of a batch, expected those last";
    if (kind->is_batch)
        return NULL;
    if (pipeline->normalise >= 0 && is_normalise)
        return "stands twice in the list, expected it once";
    if (pipeline->normalise >= 0 && !(kind->types & RN_PICTURE_F32))
        return "works on bytes, expected it before normalise";
    if (pipeline->normalise < 0 && !(kind->types & RN_PICTURE_U8))
        return "works on floats, expected it after normalise";
    /* A resize and normalise may have to be added. */
    return pipeline->n_steps == RN_PIPELINE_MAX_STEPS - 2 ? "is one too many" : NULL;
}

static rn_status read_attrs(const rn_transform_kind *kind, const rn_tree *node, rn_attrs **out)
{
    const char *ignored[8] = { "transform" };
    char owner[64];
    for (uint32_t i = 0; i < kind->n_arrays; i++)
        ignored[i + 1] = kind->arrays[i].attr.name;
    snprintf(owner, sizeof owner, "transform \"%s\"", kind->name);
    return rn_attrs_from_tree(kind->attrs, kind->n_attrs, node, ignored, owner, out);
}

static rn_status add_step(rn_pipeline *pipeline, const rn_transform_kind *kind,
                          const rn_transform_site *site)
{
    rn_attrs *attrs = NULL;
    rn_status status = read_attrs(kind, site->node, &attrs);
    if (status)
        return status;
    rn_step *step = &pipeline->steps[pipeline->n_steps];
    step->state = calloc(1, kind->state_size + 1); /* a size of 0 might give NULL */
    if (!step->state) {
        status = rn_fail(RN_E_NOMEM, "not enough memory for transforms");
        goto done;
    }
    step->kind = kind;
    if (kind == &rn_transform_normalise)
        pipeline->normalise = pipeline->n_steps;
    pipeline->n_steps++;
    pipeline->n_picture_steps += !kind->is_batch;
    status = kind->init(step->state, attrs, site);
    if (!status)
        status = rn_pipeline_add_fixed(pipeline, attrs);
done:
    rn_attrs_destroy(attrs);
    return status;
}

/* Resizes what the steps on bytes make. */
static rn_status add_resize(rn_pipeline *pipeline, rn_transform_site site)
{
    const rn_tree empty = { .type = RN_TREE_GROUP, .file = site.node->file };
    rn_tree *node = rn_tree_copy(&empty);
    char text[64];
    if (!node)
        return rn_tree_no_memory();
    snprintf(text, sizeof text, "size=[%" PRId64 ", %" PRId64 "]", pipeline->input.height,
             pipeline->input.width);
    rn_status status = rn_tree_set(node, text);
    site.node = node;
    pipeline->resizes = true;
    if (!status)
        status = add_step(pipeline, &rn_transform_resize, &site);
    rn_tree_destroy(node);
    return status;
}

/* Sees to it that the steps on bytes make the wanted size, where the list is for another. */
static rn_status change_size(rn_pipeline *pipeline, const rn_transform_site *site)
{
    rn_size from = site->input, to = pipeline->input;
    if (from.height == to.height && from.width == to.width)
        return RN_OK;
    for (int i = pipeline->n_steps - 1; i >= 0; i--) {
        const rn_step *step = &pipeline->steps[i];
        if (step->kind->resize) {
            step->kind->resize(step->state, to);
            return RN_OK;
        }
        if (step->kind->size)
            break;
    }
    return add_resize(pipeline, *site);
}

/* Normalises by data.mean and data.std if nothing has normalised yet. */
static rn_status add_normalise(rn_pipeline *pipeline, rn_transform_site site)
{
    const rn_tree none = { .type = RN_TREE_GROUP, .file = site.node->file };
    if (pipeline->normalise >= 0)
        return RN_OK;
    rn_status status = change_size(pipeline, &site);
    site.node = &none;
    return status ? status : add_step(pipeline, &rn_transform_normalise, &site);
}

static rn_status read_element(const rn_tree *element, int i, rn_transform_site site,
                              rn_pipeline *pipeline)
{
    const rn_transform_kind *kind = NULL;
    rn_status status = read_kind(element, i, &kind);
    if (status)
        return status;
    const char *mistake = misplaced(pipeline, kind);
    if (mistake)
        return rn_tree_fail(element, "transform \"%s\" %s", kind->name, mistake);
    site.node = element;
    if (kind == &rn_transform_normalise)
        status = change_size(pipeline, &site);
    if (!status && kind->is_batch)
        status = add_normalise(pipeline, site);
    return status ? status : add_step(pipeline, kind, &site);
}

rn_status rn_pipeline_read_list(const rn_tree *list, const rn_transform_site *site,
                                rn_pipeline *pipeline)
{
    rn_transform_site of_list = *site;
    of_list.node = list;
    for (int i = 0; i < list->n_children; i++) {
        rn_status status = read_element(list->children[i], i, *site, pipeline);
        if (status)
            return status;
        if (pipeline->normalise >= 0)
            pipeline->normalises = true;
    }
    return add_normalise(pipeline, of_list);
}
