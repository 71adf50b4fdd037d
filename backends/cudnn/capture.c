/* capture.c: steps recorded as CUDA graphs. */
#include "cudnn/cudnn.h"
