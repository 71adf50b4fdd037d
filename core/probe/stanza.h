/* stanza.h: a block as an entry of network.layers, ready to be copied into a cfg. */
#ifndef RN_CORE_PROBE_STANZA_H
#define RN_CORE_PROBE_STANZA_H

#include <resnet/block.h>

#define RN_STANZA_BYTES 4096

/* "{ block = \"residual/basic\"; channels = 16; stride = 1; }": each attribute with its default,
 * or else with a small value that its table accepts. */
void rn_stanza_print(const rn_block *block, const char *owner, char text[RN_STANZA_BYTES]);

#endif
