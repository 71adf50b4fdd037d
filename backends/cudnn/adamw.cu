/* adamw.cu: one step of Adam in place. Uses update.cu and joint.cu. loss and loss_scale may be
 * absent. */

typedef struct adam_rates {
    float keep_mean, add_mean;     /* beta1, 1 - beta1 */
    float keep_square, add_square; /* beta2, 1 - beta2 */
    float epsilon;
} adam_rates;

/* A square may be far smaller than its root, so the correction is that of the root. */
DEVICE octet adam_direction(octet mean, octet square, const float *correction, float epsilon)
{
    const float first = correction[0], second = sqrtf(correction[1]);
    octet u;
#pragma unroll
    for (int i = 0; i < 8; i++)
        u.v[i] = mean.v[i] / first / (sqrtf(square.v[i]) / second + epsilon);
    return u;
}

/* Adds the gradient g * unscale to the averages, and returns the direction that they give. */
DEVICE octet adam_average(octet g, float unscale, float *mean, float *square,
                          const float *correction, int first, int count, adam_rates rates)
{
    octet m = octet_load(mean, first, count), s = octet_load(square, first, count);
#pragma unroll
    for (int i = 0; i < 8; i++) {
        float unscaled = g.v[i] * unscale;
        m.v[i] = rates.keep_mean * m.v[i] + rates.add_mean * unscaled;
        s.v[i] = rates.keep_square * s.v[i] + rates.add_square * unscaled * unscaled;
    }
    octet_store(mean, first, count, m);
    octet_store(square, first, count, s);
    return adam_direction(m, s, correction, rates.epsilon);
}

KERNEL adamw(float *param, float *gradient, float *mean, float *square, const float *learning_rate,
             const float *correction, const float *loss, const float *loss_scale, float keep_mean,
             float add_mean, float keep_square, float add_square, float epsilon,
             const joint_table joint)
{
    joint_part at = joint_part_of(&joint);
    if (at.count <= 0 || !is_sound(loss, loss_scale))
        return;
    const adam_rates rates = { keep_mean, add_mean, keep_square, add_square, epsilon };
    const float rate = learning_rate[0], decay = joint.decay[at.tensor];
    param = joint_floats(param, &joint, 0, at.tensor);
    gradient = joint_floats(gradient, &joint, 1, at.tensor);
    octet p = octet_load(param, at.first, at.count), g = octet_load(gradient, at.first, at.count);
    octet u = adam_average(g, unscale_of(loss_scale), joint_floats(mean, &joint, 2, at.tensor),
                           joint_floats(square, &joint, 3, at.tensor), correction, at.first,
                           at.count, rates);
#pragma unroll
    for (int i = 0; i < 8; i++)
        p.v[i] -= rate * (u.v[i] + decay * p.v[i]);
    octet_store(param, at.first, at.count, p);
}
