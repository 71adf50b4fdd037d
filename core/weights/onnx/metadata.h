/* metadata.h: what the models that this program writes say beside their graph: the keys of their
 * metadata. */
#ifndef RN_CORE_WEIGHTS_ONNX_METADATA_H
#define RN_CORE_WEIGHTS_ONNX_METADATA_H

#include "weights/onnx/import.h"

#define RN_ONNX_PRODUCER "resnet-run"
#define RN_ONNX_CONFIG "config"           /* as config_record.h has it */
#define RN_ONNX_CLASS_NAMES "class_names" /* a JSON array */

/* Sets o->settings and the weights' class_names, which stay NULL where another program wrote the
 * model. RN_E_DATA: its configuration is damaged. */
rn_status rn_onnx_read_metadata(rn_onnx *o);

#endif
