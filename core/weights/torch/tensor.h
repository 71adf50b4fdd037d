/* tensor.h: tensors of PyTorch's files. */
#ifndef RN_CORE_WEIGHTS_TORCH_TENSOR_H
#define RN_CORE_WEIGHTS_TORCH_TENSOR_H

#include "weights/torch/storages.h"

/* Whether the value stands for a tensor, or for a parameter, which is one. */
bool rn_tensor_is(const rn_value *value);

/* Makes the tensor for which a value stands: its numbers lie in the file, at its strides. RN_E_DATA
 * says what is wrong with the tensor `name`, such as that it leaves its storage. */
rn_status rn_tensor_read(const rn_torch_file *file, const rn_value *value, const char *name,
                         rn_stored *tensor);

#endif
