/* activation_head.cu: what activation_kinds.txt needs. */

#define ACTIVATION(name) DEVICE float name(float x, float alpha, float beta)
#define EXP expf
#define TANH tanhf
#define ERFC erfcf
#define FABS fabsf
