/* sgd.cu: each thread updates one octet. Uses finite.cu. velocity, loss and loss_scale may be
 * absent. */
KERNEL sgd(float *param, const float *gradient, float *velocity, const float *learning_rate,
           const float *loss, const float *loss_scale, int64 n, float momentum, float decay,
           int nesterov)
{
    int64 first = ITEM * 8;
    if (first >= n)
        return;
    /* The step may be taken if the loss and all scaled gradients are finite. */
    if ((loss && !is_finite(loss[0])) || (loss_scale && loss_scale[1] != 0.0f))
        return;
    int count = n - first < 8 ? (int)(n - first) : 8;
    const float rate = learning_rate[0], unscale = loss_scale ? 1.0f / loss_scale[0] : 1.0f;
    octet p = octet_load(param, first, count), g = octet_load(gradient, first, count), v;
    if (velocity)
        v = octet_load(velocity, first, count);
#pragma unroll
    for (int i = 0; i < 8; i++) {
        g.v[i] = g.v[i] * unscale + decay * p.v[i];
        v.v[i] = velocity ? momentum * v.v[i] + g.v[i] : g.v[i];
        p.v[i] -= rate * (nesterov ? g.v[i] + momentum * v.v[i] : v.v[i]);
    }
    if (velocity)
        octet_store(velocity, first, count, v);
    octet_store(param, first, count, p);
}
