/* library.c: the calls that differ between oneDNN 2 and 3, and the descriptions of primitives. */
#include "onednn/library.h"

#include <stdlib.h>
#include <string.h>

#define IS_VERSION_3 (DNNL_VERSION_MAJOR >= 3)

#if IS_VERSION_3

onednn_md onednn_md_make(int32_t rank, const int64_t *dims, dnnl_data_type_t type,
                         dnnl_format_tag_t tag)
{
    onednn_md md = NULL;
    return dnnl_memory_desc_create_with_tag(&md, rank, dims, type, tag) ? NULL : md;
}

onednn_md onednn_md_clone(onednn_const_md from)
{
    onednn_md md = NULL;
    return !from || dnnl_memory_desc_clone(&md, from) ? NULL : md;
}

void onednn_md_free(onednn_md md)
{
    if (md)
        dnnl_memory_desc_destroy(md);
}

onednn_md onednn_md_plain(onednn_const_md md)
{
    int32_t rank = 0;
    const dnnl_dims_t *dims = NULL;
    dnnl_memory_desc_query(md, dnnl_query_ndims_s32, &rank);
    dnnl_memory_desc_query(md, dnnl_query_dims, &dims);
    return onednn_md_make(rank, *dims, dnnl_f32, rank == 5 ? dnnl_abcde : dnnl_abcd);
}

#else

onednn_md onednn_md_make(int32_t rank, const int64_t *dims, dnnl_data_type_t type,
                         dnnl_format_tag_t tag)
{
    dnnl_memory_desc_t made;
    return dnnl_memory_desc_init_by_tag(&made, rank, dims, type, tag) ? NULL
                                                                      : onednn_md_clone(&made);
}

onednn_md onednn_md_clone(onednn_const_md from)
{
    onednn_md md = from ? malloc(sizeof *md) : NULL;
    if (md)
        *md = *from;
    return md;
}

void onednn_md_free(onednn_md md)
{
    free(md);
}

onednn_md onednn_md_plain(onednn_const_md md)
{
    return onednn_md_make(md->ndims, md->dims, dnnl_f32, md->ndims == 5 ? dnnl_abcde : dnnl_abcd);
}

#endif

onednn_window onednn_window_of(const shape_window *rows, const shape_window *columns)
{
    const shape_window *axes[2] = { rows, columns };
    onednn_window made;
    memset(&made, 0, sizeof made);
    for (int i = 0; i < 2; i++) {
        const shape_window *w = axes[i];
        int64_t span = (w->output - 1) * w->stride + (w->kernel - 1) * w->dilation + 1;
        made.kernel[i] = w->kernel;
        made.stride[i] = w->stride;
        made.dilation[i] = w->dilation - 1;
        made.padding[i] = w->padding;
        made.padding_end[i] = span - w->input - w->padding;
    }
    return made;
}

uint64_t onednn_md_bytes(onednn_const_md md)
{
    return dnnl_memory_desc_get_size(md);
}

bool onednn_md_equal(onednn_const_md a, onednn_const_md b)
{
    return dnnl_memory_desc_equal(a, b);
}

static dnnl_status_t epilogue_append(dnnl_post_ops_t operations, int32_t epilogue)
{
    dnnl_status_t failed = dnnl_success;
#if IS_VERSION_3
    if (epilogue & RN_EPILOGUE_ADD)
        failed = dnnl_post_ops_append_sum(operations, 1, 0, dnnl_data_type_undef);
    if (failed || !(epilogue & RN_EPILOGUE_RELU))
        return failed;
    return dnnl_post_ops_append_eltwise(operations, dnnl_eltwise_relu, 0, 0);
#else
    if (epilogue & RN_EPILOGUE_ADD)
        failed = dnnl_post_ops_append_sum(operations, 1);
    if (failed || !(epilogue & RN_EPILOGUE_RELU))
        return failed;
    return dnnl_post_ops_append_eltwise(operations, 1, dnnl_eltwise_relu, 0, 0);
#endif
}

/* Attributes for the result's epilogue, with scratch memory provided by us. */
static dnnl_primitive_attr_t attributes_make(int32_t epilogue)
{
    dnnl_primitive_attr_t attributes = NULL;
    dnnl_post_ops_t operations = NULL;
    if (dnnl_primitive_attr_create(&attributes))
        return NULL;
    dnnl_status_t failed =
        dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user);
    if (failed)
        goto done;
    failed = dnnl_post_ops_create(&operations);
    if (failed)
        goto done;
    failed = epilogue_append(operations, epilogue);
    if (failed)
        goto done;
    failed = dnnl_primitive_attr_set_post_ops(attributes, operations);
done:
    if (operations)
        dnnl_post_ops_destroy(operations);
    if (!failed)
        return attributes;
    dnnl_primitive_attr_destroy(attributes);
    return NULL;
}

/* Creates a primitive description; a gradient needs the forward pass's as `hint`. */
typedef dnnl_status_t make_desc(dnnl_primitive_desc_t *desc, dnnl_engine_t engine,
                                const onednn_problem *p, dnnl_primitive_desc_t hint,
                                dnnl_primitive_attr_t attributes);

static dnnl_primitive_desc_t desc_make(dnnl_engine_t engine, const onednn_problem *p,
                                       make_desc *make)
{
    dnnl_primitive_desc_t hint = NULL, desc = NULL;
    dnnl_primitive_attr_t attributes = attributes_make(p->epilogue);
    if (!attributes)
        return NULL;
    bool forward = p->kind == dnnl_forward_inference || p->kind == dnnl_forward_training;
    dnnl_status_t failed = dnnl_success;
    if (!forward) {
        onednn_problem ahead = *p;
        ahead.kind = dnnl_forward_training;
        if (ahead.algorithm == dnnl_convolution_winograd)
            ahead.algorithm = dnnl_convolution_direct;
        if (p->w_forward)
            ahead.w = p->w_forward;
        failed = make(&hint, engine, &ahead, NULL, attributes);
    }
    if (!failed)
        failed = make(&desc, engine, p, hint, attributes);
    if (hint)
        dnnl_primitive_desc_destroy(hint);
    dnnl_primitive_attr_destroy(attributes);
    return failed ? NULL : desc;
}

#if IS_VERSION_3

static dnnl_status_t conv2d_make(dnnl_primitive_desc_t *desc, dnnl_engine_t engine,
                                 const onednn_problem *p, dnnl_primitive_desc_t hint,
                                 dnnl_primitive_attr_t attributes)
{
    const onednn_window *w = &p->window;
    if (p->kind == dnnl_backward_data)
        return dnnl_convolution_backward_data_primitive_desc_create(desc, engine, p->algorithm,
                                                                    p->x, p->w, p->y, w->stride,
                                                                    w->dilation, w->padding,
                                                                    w->padding_end, hint,
                                                                    attributes);
    if (p->kind == dnnl_backward_weights)
        return dnnl_convolution_backward_weights_primitive_desc_create(desc, engine, p->algorithm,
                                                                       p->x, p->w, p->bias, p->y,
                                                                       w->stride, w->dilation,
                                                                       w->padding, w->padding_end,
                                                                       hint, attributes);
    return dnnl_convolution_forward_primitive_desc_create(desc, engine, p->kind, p->algorithm, p->x,
                                                          p->w, p->bias, p->y, w->stride,
                                                          w->dilation, w->padding, w->padding_end,
                                                          attributes);
}

static dnnl_status_t pool_make(dnnl_primitive_desc_t *desc, dnnl_engine_t engine,
                               const onednn_problem *p, dnnl_primitive_desc_t hint,
                               dnnl_primitive_attr_t attributes)
{
    const onednn_window *w = &p->window;
    if (p->kind == dnnl_backward_data)
        return dnnl_pooling_backward_primitive_desc_create(desc, engine, p->algorithm, p->x, p->y,
                                                           w->stride, w->kernel, w->dilation,
                                                           w->padding, w->padding_end, hint,
                                                           attributes);
    return dnnl_pooling_forward_primitive_desc_create(desc, engine, p->kind, p->algorithm, p->x,
                                                      p->y, w->stride, w->kernel, w->dilation,
                                                      w->padding, w->padding_end, attributes);
}

static dnnl_status_t linear_make(dnnl_primitive_desc_t *desc, dnnl_engine_t engine,
                                 const onednn_problem *p, dnnl_primitive_desc_t hint,
                                 dnnl_primitive_attr_t attributes)
{
    if (p->kind == dnnl_backward_data)
        return dnnl_inner_product_backward_data_primitive_desc_create(desc, engine, p->x, p->w,
                                                                      p->y, hint, attributes);
    if (p->kind == dnnl_backward_weights)
        return dnnl_inner_product_backward_weights_primitive_desc_create(desc, engine, p->x, p->w,
                                                                         p->bias, p->y, hint,
                                                                         attributes);
    return dnnl_inner_product_forward_primitive_desc_create(desc, engine, p->kind, p->x, p->w,
                                                            p->bias, p->y, attributes);
}

#else

static dnnl_status_t conv2d_make(dnnl_primitive_desc_t *desc, dnnl_engine_t engine,
                                 const onednn_problem *p, dnnl_primitive_desc_t hint,
                                 dnnl_primitive_attr_t attributes)
{
    const onednn_window *w = &p->window;
    dnnl_convolution_desc_t op;
    dnnl_status_t failed;
    if (p->kind == dnnl_backward_data)
        failed = dnnl_dilated_convolution_backward_data_desc_init(&op, p->algorithm, p->x, p->w,
                                                                  p->y, w->stride, w->dilation,
                                                                  w->padding, w->padding_end);
    else if (p->kind == dnnl_backward_weights)
        failed = dnnl_dilated_convolution_backward_weights_desc_init(&op, p->algorithm, p->x, p->w,
                                                                     p->bias, p->y, w->stride,
                                                                     w->dilation, w->padding,
                                                                     w->padding_end);
    else
        failed = dnnl_dilated_convolution_forward_desc_init(&op, p->kind, p->algorithm, p->x, p->w,
                                                            p->bias, p->y, w->stride, w->dilation,
                                                            w->padding, w->padding_end);
    return failed ? failed : dnnl_primitive_desc_create(desc, &op, attributes, engine, hint);
}

static dnnl_status_t pool_make(dnnl_primitive_desc_t *desc, dnnl_engine_t engine,
                               const onednn_problem *p, dnnl_primitive_desc_t hint,
                               dnnl_primitive_attr_t attributes)
{
    const onednn_window *w = &p->window;
    dnnl_pooling_desc_t op;
    dnnl_status_t failed;
    if (p->kind == dnnl_backward_data)
        failed = dnnl_pooling_backward_desc_init(&op, p->algorithm, p->x, p->y, w->stride,
                                                 w->kernel, w->padding, w->padding_end);
    else
        failed = dnnl_pooling_forward_desc_init(&op, p->kind, p->algorithm, p->x, p->y, w->stride,
                                                w->kernel, w->padding, w->padding_end);
    return failed ? failed : dnnl_primitive_desc_create(desc, &op, attributes, engine, hint);
}

static dnnl_status_t linear_make(dnnl_primitive_desc_t *desc, dnnl_engine_t engine,
                                 const onednn_problem *p, dnnl_primitive_desc_t hint,
                                 dnnl_primitive_attr_t attributes)
{
    dnnl_inner_product_desc_t op;
    dnnl_status_t failed;
    if (p->kind == dnnl_backward_data)
        failed = dnnl_inner_product_backward_data_desc_init(&op, p->x, p->w, p->y);
    else if (p->kind == dnnl_backward_weights)
        failed = dnnl_inner_product_backward_weights_desc_init(&op, p->x, p->w, p->bias, p->y);
    else
        failed = dnnl_inner_product_forward_desc_init(&op, p->kind, p->x, p->w, p->bias, p->y);
    return failed ? failed : dnnl_primitive_desc_create(desc, &op, attributes, engine, hint);
}

#endif

dnnl_primitive_desc_t onednn_conv2d_desc(dnnl_engine_t engine, const onednn_problem *problem)
{
    return desc_make(engine, problem, conv2d_make);
}

dnnl_primitive_desc_t onednn_pool_desc(dnnl_engine_t engine, const onednn_problem *problem)
{
    return desc_make(engine, problem, pool_make);
}

dnnl_primitive_desc_t onednn_linear_desc(dnnl_engine_t engine, const onednn_problem *problem)
{
    return desc_make(engine, problem, linear_make);
}

dnnl_primitive_desc_t onednn_reorder_desc(dnnl_engine_t engine, onednn_const_md from,
                                          onednn_const_md to)
{
    dnnl_primitive_desc_t desc = NULL;
    dnnl_primitive_attr_t attributes = attributes_make(0);
    if (!attributes)
        return NULL;
    dnnl_status_t failed =
        dnnl_reorder_primitive_desc_create(&desc, from, engine, to, engine, attributes);
    dnnl_primitive_attr_destroy(attributes);
    return failed ? NULL : desc;
}

onednn_md onednn_desc_md(dnnl_primitive_desc_t desc, dnnl_query_t what)
{
    return onednn_md_clone(dnnl_primitive_desc_query_md(desc, what, 0));
}

uint64_t onednn_desc_scratchpad(dnnl_primitive_desc_t desc)
{
    onednn_const_md md = dnnl_primitive_desc_query_md(desc, dnnl_query_scratchpad_md, 0);
    return md ? dnnl_memory_desc_get_size(md) : 0;
}

const char *onednn_desc_implementation(dnnl_primitive_desc_t desc)
{
    const char *name = NULL;
    if (dnnl_primitive_desc_query(desc, dnnl_query_impl_info_str, 0, &name) || !name)
        return "";
    return name;
}

bool onednn_desc_is_fast(dnnl_primitive_desc_t desc)
{
    return desc && strncmp(onednn_desc_implementation(desc), "ref", 3) != 0;
}
