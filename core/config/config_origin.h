/* config_origin.h: where the values of a cfg come from. */
#ifndef RN_CORE_CONFIG_CONFIG_ORIGIN_H
#define RN_CORE_CONFIG_CONFIG_ORIGIN_H

#include "config/config.h"

#define RN_ORIGIN_SIZE 256

/* Writes where a value was given, by its name as config_record.h writes it
 * ("network.layers[2].channels"): "photos.cfg:12", without the file's folder, or "command line".
 * False: nowhere; it is a default. */
bool rn_config_origin(const rn_config *config, const char *name, char text[RN_ORIGIN_SIZE]);

#endif
