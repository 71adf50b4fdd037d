/* hub.h: what the folders of timm and transformers have in common: both hold a residual network
 * that the program builds from a few numbers, and how to prepare pictures for it. */
#ifndef RN_CORE_WEIGHTS_OUT_HUB_H
#define RN_CORE_WEIGHTS_OUT_HUB_H

#include <jansson.h>

#include "weights/form.h"
#include "weights/out/out.h"
#include "weights/out/pictures.h"

typedef struct rn_hub {
    rn_form form;
    rn_pictures pictures;
    json_t *classes; /* their names; NULL: unknown */
} rn_hub;

/* Describes the network as both programs have it: with the stem of ImageNet, and shortcuts that are
 * projected where the shape changes. RN_E_DATA names what is otherwise, in a message that says what
 * to use instead of the format `name`. rn_hub_clear frees what there is, on failure too. */
rn_status rn_hub_describe(const rn_out_model *model, const char *name, rn_hub *hub);
void rn_hub_clear(rn_hub *hub);

/* RN_E_DATA: the program that `name` is for has no network with `what`. */
rn_status rn_hub_fail(const char *name, const char *what);

/* An array of the first `count` numbers, each times `factor`. NULL: no memory. */
json_t *rn_hub_numbers(const int64_t *numbers, int64_t count, int64_t factor);

/* Writes an object into the folder. Takes ownership of it; NULL, or one that lacks what there was
 * no memory for, is RN_E_NOMEM. */
rn_status rn_hub_write(const char *folder, const char *name, json_t *object);

/* Writes tensors as FOLDER/model.safetensors. */
rn_status rn_hub_write_tensors(const char *folder, const rn_named_tensor *tensors, int64_t n);

#endif
