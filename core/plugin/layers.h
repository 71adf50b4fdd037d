/* layers.h: the built-in layers of a cfg (conv2d, batch_norm, relu, …): one operator each, through
 * the same table as any block plugin. */
#ifndef RN_CORE_PLUGIN_LAYERS_H
#define RN_CORE_PLUGIN_LAYERS_H

#include <resnet/block.h>

/* NULL-terminated. */
const rn_block *const *rn_layers(void);
const rn_block *rn_layer_find(const char *name);

#endif
