/* activation_head.cl: what activation_kinds.txt needs. */

#define ACTIVATION(name) float name(float x, float alpha, float beta)
#define EXP exp
#define TANH tanh
#define ERFC erfc
#define FABS fabs
