/* run_files.h: the names of the files in a training run's folder. */
#ifndef RN_CORE_REPORT_RUN_FILES_H
#define RN_CORE_REPORT_RUN_FILES_H

#define RN_CHECKPOINT_FILE "checkpoint.safetensors"
/* The previous checkpoint; kept while the newest epoch is saved but not yet validated. */
#define RN_PREVIOUS_FILE "checkpoint.previous.safetensors"
#define RN_MODEL_FILE "model.safetensors"
/* The same with the averages of the weights. */
#define RN_AVERAGE_FILE "model_ema.safetensors"
#define RN_BEST_FILE "best.safetensors" /* the model of the best epoch */
#define RN_TRAINING_FILE "training.html"
/* The checkpoint of epoch 12 is PREFIX12SUFFIX. */
#define RN_EPOCH_PREFIX "checkpoint-epoch"
#define RN_EPOCH_SUFFIX ".safetensors"
/* TensorBoard looks for names that contain it. */
#define RN_EVENTS_PREFIX "events.out.tfevents."
#define RN_METRICS_CSV_FILE "metrics.csv"
#define RN_METRICS_FILE "metrics.jsonl"
#define RN_CURVE_FILE "curve.svg"
#define RN_SKIPPED_FILE "skipped.txt"
/* What an evaluation leaves. */
#define RN_EVALUATION_FILE "evaluation.html"
#define RN_CONFUSION_CSV_FILE "confusion.csv"
#define RN_CONFUSION_FILE "confusion.png"
#define RN_CALIBRATION_FILE "calibration.csv"
#define RN_MISTAKES_FILE "mistakes.png"

#endif
