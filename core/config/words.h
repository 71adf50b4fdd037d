/* words.h: the words of each choice. A list gives, for each word, its text, its value and one line
 * of help. The tables of keys and options take them from here, so messages and manual do, too. */
#ifndef RN_CORE_CONFIG_WORDS_H
#define RN_CORE_CONFIG_WORDS_H

#include <resnet/backend.h>
#include <stddef.h>
#include <stdint.h>

/* A table of words ends with text NULL. */
typedef struct rn_word {
    const char *text;
    int32_t value;
    const char *help;
} rn_word;

/* What can be made of a list: rows of rn_word, constants of an enum, the `choices` of an rn_attr.
 */
#define RN_WORD_ROW(text, value, help) { text, value, help },
#define RN_WORD_CONSTANT(text, value, help) value,
#define RN_WORD_CHOICE(text, value, help) "|" text

#define RN_ACTION_WORDS(WORD)                                                                      \
    WORD("train", RN_ACTION_TRAIN, "")                                                             \
    WORD("eval", RN_ACTION_EVAL, "")                                                               \
    WORD("predict", RN_ACTION_PREDICT, "")                                                         \
    WORD("summary", RN_ACTION_SUMMARY, "")

#define RN_PRECISION_WORDS(WORD)                                                                   \
    WORD("fp32", RN_PRECISION_FP32, "")                                                            \
    WORD("tf32", RN_PRECISION_TF32, "")                                                            \
    WORD("bf16", RN_PRECISION_BF16, "")                                                            \
    WORD("fp16", RN_PRECISION_FP16, "")

#define RN_CONVOLUTION_WORDS(WORD)                                                                 \
    WORD("auto", RN_CONVOLUTION_FASTEST, "the fastest for each layer")                             \
    WORD("direct", RN_CONVOLUTION_DIRECT,                                                          \
         "sums of products without transforms, for runs that are to be compared")                  \
    WORD("winograd", RN_CONVOLUTION_WINOGRAD, "wherever the backend has it")

#define RN_TUNING_WORDS(WORD)                                                                      \
    WORD("off", RN_TUNING_OFF, "nothing is searched: what was found before, or defaults")          \
    WORD("quick", RN_TUNING_QUICK, "some seconds")                                                 \
    WORD("full", RN_TUNING_FULL, "a minute at most, and anew")

#define RN_MEMORY_WORDS(WORD)                                                                      \
    WORD("fast", RN_MEMORY_FAST, "a step takes all images of its batch at once")                   \
    WORD("lean", RN_MEMORY_LEAN, "on a processor, a batch without training a few at a time")

#define RN_WEIGHT_INIT_WORDS(WORD)                                                                 \
    WORD("xavier_uniform", RN_WEIGHT_INIT_XAVIER_UNIFORM, "Glorot and Bengio 2010")                \
    WORD("he_normal", RN_WEIGHT_INIT_HE_NORMAL, "He et al. 2015, fan out, with biases of 0")       \
    WORD("pytorch", RN_WEIGHT_INIT_PYTORCH, "the defaults of torch.nn")

#define RN_EXCHANGE_WORDS(WORD)                                                                    \
    WORD("fp32", RN_EXCHANGE_FP32, "")                                                             \
    WORD("bf16", RN_EXCHANGE_BF16, "half as many bytes; sums are still taken in fp32")

#define RN_OPTIMIZER_WORDS(WORD)                                                                   \
    WORD("sgd", RN_OPTIMIZER_SGD, "stochastic gradient descent, with momentum")                    \
    WORD("adamw", RN_OPTIMIZER_ADAMW, "Loshchilov and Hutter 2019, as in PyTorch")                 \
    WORD("lamb", RN_OPTIMIZER_LAMB, "You et al. 2020, for large batches, as in timm")              \
    WORD("lars", RN_OPTIMIZER_LARS, "You et al. 2017, for large batches, as in timm")              \
    WORD("rmsprop", RN_OPTIMIZER_RMSPROP, "TensorFlow's RMSprop, as timm's rmsproptf")

#define RN_SCHEDULE_WORDS(WORD)                                                                    \
    WORD("constant", RN_SCHEDULE_CONSTANT, "")                                                     \
    WORD("step", RN_SCHEDULE_STEP, "multiplies by gamma at the milestones")                        \
    WORD("cosine", RN_SCHEDULE_COSINE, "falls as half a wave to min_learning_rate")                \
    WORD("linear", RN_SCHEDULE_LINEAR, "falls in a straight line to min_learning_rate")            \
    WORD("polynomial", RN_SCHEDULE_POLYNOMIAL, "the same, raised to power")                        \
    WORD("exponential", RN_SCHEDULE_EXPONENTIAL, "multiplies by gamma in each epoch")              \
    WORD("one_cycle", RN_SCHEDULE_ONE_CYCLE, "rises to learning_rate, then falls to almost 0")     \
    WORD("plateau", RN_SCHEDULE_PLATEAU, "multiplies by gamma when a metric gets no better")

#define RN_SCHEDULE_BY_WORDS(WORD)                                                                 \
    WORD("step", RN_SCHEDULE_BY_STEP, "")                                                          \
    WORD("epoch", RN_SCHEDULE_BY_EPOCH, "all steps of an epoch have the rate of its first")

#define RN_ANNEAL_WORDS(WORD)                                                                      \
    WORD("cosine", RN_ANNEAL_COSINE, "")                                                           \
    WORD("linear", RN_ANNEAL_LINEAR, "")

#define RN_PLATEAU_METRIC_WORDS(WORD)                                                              \
    WORD("validation_loss", RN_PLATEAU_VALIDATION_LOSS, "")                                        \
    WORD("validation_accuracy", RN_PLATEAU_VALIDATION_ACCURACY, "")                                \
    WORD("train_loss", RN_PLATEAU_TRAIN_LOSS, "")                                                  \
    WORD("train_accuracy", RN_PLATEAU_TRAIN_ACCURACY, "")

/* Those of core/report/metrics.c by which a network can be the best. */
#define RN_BEST_WORDS(WORD)                                                                        \
    WORD("validation_accuracy", RN_BEST_VALIDATION_ACCURACY, "the highest")                        \
    WORD("validation_top5", RN_BEST_VALIDATION_TOP5, "the highest")                                \
    WORD("validation_loss", RN_BEST_VALIDATION_LOSS, "the lowest")                                 \
    WORD("train_loss", RN_BEST_TRAIN_LOSS, "the lowest")                                           \
    WORD("ema_accuracy", RN_BEST_EMA_ACCURACY, "the highest")                                      \
    WORD("ema_loss", RN_BEST_EMA_LOSS, "the lowest")                                               \
    WORD("none", RN_BEST_NONE, "no epoch is the best")

#define RN_ON_ERROR_WORDS(WORD)                                                                    \
    WORD("stop", RN_ON_ERROR_STOP, "the command ends with the file and the reason")                \
    WORD("skip", RN_ON_ERROR_SKIP, "it is left out and counted")

/* The other choices' constants are in <resnet/backend.h>. */
enum rn_action { RN_ACTION_WORDS(RN_WORD_CONSTANT) };
enum rn_memory_use { RN_MEMORY_WORDS(RN_WORD_CONSTANT) };
enum rn_weight_init { RN_WEIGHT_INIT_WORDS(RN_WORD_CONSTANT) };
enum rn_on_error { RN_ON_ERROR_WORDS(RN_WORD_CONSTANT) };
enum rn_exchange_type { RN_EXCHANGE_WORDS(RN_WORD_CONSTANT) };
enum rn_optimizer { RN_OPTIMIZER_WORDS(RN_WORD_CONSTANT) };
enum rn_best_metric { RN_BEST_WORDS(RN_WORD_CONSTANT) };
enum rn_schedule { RN_SCHEDULE_WORDS(RN_WORD_CONSTANT) };
enum rn_schedule_by { RN_SCHEDULE_BY_WORDS(RN_WORD_CONSTANT) };
enum rn_anneal { RN_ANNEAL_WORDS(RN_WORD_CONSTANT) };
enum rn_plateau_metric { RN_PLATEAU_METRIC_WORDS(RN_WORD_CONSTANT) };

/* The row with this text, or this value; NULL if there is none. */
const rn_word *rn_word_by_text(const rn_word *words, const char *text);
const rn_word *rn_word_by_value(const rn_word *words, int32_t value);

/* Prints "off, quick (default), full", or "infer or train-step" if there are two words.
 * `default_text` is the word to mark; NULL: none. */
void rn_words_print(const rn_word *words, const char *default_text, char *text, size_t size);

#endif
