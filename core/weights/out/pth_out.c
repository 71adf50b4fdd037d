/* pth_out.c: weights as torch.save writes a state dict: a zip archive of a pickle that describes
 * the tensors, and of a file of numbers for each. Beside a batch norm's statistics PyTorch keeps
 * how many batches they have seen, which matters only where it averages over all of them. */
#define _GNU_SOURCE /* open_memstream */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "weights/out/out.h"
#include "weights/out/pickle.h"
#include "weights/out/zip.h"

#define FOLDER "archive/"
#define LAST_OF_NORM ".running_var"

typedef struct pth {
    const rn_out_model *model;
    FILE *pickle;
    rn_zip *zip;
    int64_t n_stored; /* tensors that are described, and then added, so far */
} pth;

/* A tensor of the state dict. */
typedef struct item {
    const char *name;
    const char *storage; /* "FloatStorage" */
    int rank;
    const int64_t *shape;
    int64_t count;
} item;

static void print_storage(FILE *pickle, const item *it, int64_t key)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)key);
    rn_pickle_op(pickle, RN_PICKLE_MARK);
    rn_pickle_text(pickle, "storage");
    rn_pickle_global(pickle, "torch", it->storage);
    rn_pickle_text(pickle, text);
    rn_pickle_text(pickle, "cpu");
    rn_pickle_int(pickle, it->count);
    rn_pickle_op(pickle, RN_PICKLE_TUPLE);
    rn_pickle_op(pickle, RN_PICKLE_PERSISTENT);
}

static void print_strides(FILE *pickle, const item *it)
{
    int64_t strides[RN_MAX_RANK], stride = 1;
    for (int i = it->rank - 1; i >= 0; i--) {
        strides[i] = stride;
        stride *= it->shape[i];
    }
    rn_pickle_ints(pickle, strides, it->rank);
}

static void print_ordered_dict(FILE *pickle)
{
    rn_pickle_global(pickle, "collections", "OrderedDict");
    rn_pickle_op(pickle, RN_PICKLE_EMPTY_TUPLE);
    rn_pickle_op(pickle, RN_PICKLE_REDUCE);
}

/* name: _rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, hooks) */
static void print_item(pth *p, const item *it)
{
    FILE *pickle = p->pickle;
    rn_pickle_text(pickle, it->name);
    rn_pickle_global(pickle, "torch._utils", "_rebuild_tensor_v2");
    rn_pickle_op(pickle, RN_PICKLE_MARK);
    print_storage(pickle, it, p->n_stored++);
    rn_pickle_int(pickle, 0);
    rn_pickle_ints(pickle, it->shape, it->rank);
    print_strides(pickle, it);
    rn_pickle_op(pickle, RN_PICKLE_FALSE);
    print_ordered_dict(pickle);
    rn_pickle_op(pickle, RN_PICKLE_TUPLE);
    rn_pickle_op(pickle, RN_PICKLE_REDUCE);
}

static int64_t count_of(const rn_named_tensor *tensor)
{
    rn_tensor_desc desc = rn_desc_make(tensor->dtype, tensor->rank, tensor->shape);
    return rn_desc_count(&desc);
}

static bool ends_norm(const rn_named_tensor *tensor)
{
    size_t length = strlen(tensor->name), ending = strlen(LAST_OF_NORM);
    return length > ending && strcmp(tensor->name + length - ending, LAST_OF_NORM) == 0;
}

static void print_counter(pth *p, const rn_named_tensor *last)
{
    char name[1024];
    snprintf(name, sizeof name, "%.*s.num_batches_tracked",
             (int)(strlen(last->name) - strlen(LAST_OF_NORM)), last->name);
    print_item(p, &(item){ .name = name, .storage = "LongStorage", .count = 1 });
}

static void print_pickle(pth *p)
{
    rn_pickle_begin(p->pickle);
    print_ordered_dict(p->pickle);
    rn_pickle_op(p->pickle, RN_PICKLE_MARK);
    for (int64_t i = 0; i < p->model->n_tensors; i++) {
        const rn_named_tensor *tensor = &p->model->tensors[i];
        print_item(p, &(item){ .name = tensor->name,
                               .storage = "FloatStorage",
                               .rank = tensor->rank,
                               .shape = tensor->shape,
                               .count = count_of(tensor) });
        if (ends_norm(tensor))
            print_counter(p, tensor);
    }
    rn_pickle_op(p->pickle, RN_PICKLE_SETITEMS);
    rn_pickle_end(p->pickle);
}

static rn_status add_pickle(pth *p)
{
    char *text = NULL;
    size_t size = 0;
    p->pickle = open_memstream(&text, &size);
    if (p->pickle)
        print_pickle(p);
    if (!p->pickle || fclose(p->pickle)) {
        free(text);
        return rn_fail(RN_E_NOMEM, "no memory to describe the tensors");
    }
    rn_status status = rn_zip_add(p->zip, FOLDER "data.pkl", text, size);
    free(text);
    return status;
}

static rn_status add_numbers(pth *p, const void *data, uint64_t size_bytes)
{
    char name[64];
    snprintf(name, sizeof name, FOLDER "data/%lld", (long long)p->n_stored++);
    return rn_zip_add(p->zip, name, data, size_bytes);
}

static rn_status add_tensors(pth *p)
{
    const int64_t batches = 0;
    rn_status status = RN_OK;
    p->n_stored = 0;
    for (int64_t i = 0; i < p->model->n_tensors && !status; i++) {
        const rn_named_tensor *tensor = &p->model->tensors[i];
        status = add_numbers(p, tensor->data, (uint64_t)count_of(tensor) * sizeof(float));
        if (!status && ends_norm(tensor))
            status = add_numbers(p, &batches, sizeof batches);
    }
    return status;
}

static rn_status add_all(pth *p)
{
    rn_status status = add_pickle(p);
    if (!status)
        status = rn_zip_add(p->zip, FOLDER "byteorder", "little", 6);
    if (!status)
        status = add_tensors(p);
    if (!status)
        status = rn_zip_add(p->zip, FOLDER "version", "3\n", 2);
    return status ? status : rn_zip_finish(p->zip);
}

rn_status rn_out_pth(const rn_out_model *model, const char *path)
{
    pth p = { .model = model };
    rn_file *file = NULL;
    rn_status status = rn_file_create(path, &file);
    if (status)
        return status;
    status = rn_zip_create(file, path, &p.zip);
    if (!status)
        status = add_all(&p);
    rn_zip_destroy(p.zip);
    if (!status)
        return rn_file_commit(file);
    rn_file_discard(file);
    return status;
}
