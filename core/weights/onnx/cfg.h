/* cfg.h: the layers of an ONNX graph as a cfg. */
#ifndef RN_CORE_WEIGHTS_ONNX_CFG_H
#define RN_CORE_WEIGHTS_ONNX_CFG_H

#include "weights/onnx/import.h"

/* Sets weights->network and weights->assumed. RN_E_NOMEM. */
rn_status rn_onnx_write_cfg(rn_onnx *o);

#endif
