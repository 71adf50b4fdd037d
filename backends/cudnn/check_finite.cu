/* check_finite.cu: each row of the grid checks one gradient. Uses finite.cu. Absent gradients are
 * NULL. */

#define GRADIENTS(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14)
#define POINTER(i) const float *g##i,
#define LENGTH(i) int64 n##i,
#define CHOOSE(i)                                                                            \
    case i:                                                                                  \
        gradient = g##i, n = n##i;                                                           \
        break;

KERNEL check_finite(float *loss_scale, GRADIENTS(POINTER) GRADIENTS(LENGTH) int64 threads)
{
    const float *gradient = 0;
    int64 n = 0;
    bool fails = false;
    switch (blockIdx.y) { GRADIENTS(CHOOSE) }
    for (int64 first = ITEM * 8; first < n; first += threads * 8) {
        octet o = octet_load(gradient, first, n - first < 8 ? (int)(n - first) : 8);
#pragma unroll
        for (int i = 0; i < 8; i++)
            fails |= !is_finite(o.v[i]);
    }
    if (fails)
        loss_scale[1] = 1.0f;
}
