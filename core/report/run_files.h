/* run_files.h: the files that a training run keeps in its folder. */
#ifndef RN_CORE_REPORT_RUN_FILES_H
#define RN_CORE_REPORT_RUN_FILES_H

#define RN_CHECKPOINT_FILE "checkpoint.safetensors"
/* The checkpoint before it, while an epoch is saved and not yet validated. */
#define RN_PREVIOUS_FILE "checkpoint.previous.safetensors"
#define RN_MODEL_FILE "model.safetensors"
#define RN_METRICS_CSV_FILE "metrics.csv"
#define RN_METRICS_FILE "metrics.jsonl"
#define RN_CURVE_FILE "curve.svg"

#endif
