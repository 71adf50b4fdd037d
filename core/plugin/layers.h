/* layers.h: the built-in layers of a cfg (conv2d, batch_norm, relu, …). Each adds one operator and
 * is described by the same table as a plugin's block. */
#ifndef RN_CORE_PLUGIN_LAYERS_H
#define RN_CORE_PLUGIN_LAYERS_H

#include <resnet/block.h>

/* All layers, NULL-terminated. */
const rn_block *const *rn_layers(void);

/* The layer of that name, or NULL. */
const rn_block *rn_layer_find(const char *name);

#endif
