/* sgd.cu: one step in place, of sgd and, with a ratio in g, of lars. Uses update.cu and joint.cu.
 * velocity, loss and loss_scale may be absent. */

/* p after a step along g, the gradient with weight decay. Changes the `count` elements of the
 * velocity from `first` on. */
DEVICE octet sgd_step(octet p, octet g, float *velocity, int first, int count, float rate,
                      float momentum, int nesterov)
{
    octet v = g;
    if (velocity) {
        octet before = octet_load(velocity, first, count);
#pragma unroll
        for (int i = 0; i < 8; i++)
            v.v[i] = momentum * before.v[i] + g.v[i];
        octet_store(velocity, first, count, v);
    }
#pragma unroll
    for (int i = 0; i < 8; i++)
        p.v[i] -= rate * (nesterov ? g.v[i] + momentum * v.v[i] : v.v[i]);
    return p;
}

KERNEL sgd(float *param, float *gradient, float *velocity, const float *learning_rate,
           const float *loss, const float *loss_scale, float momentum, int nesterov,
           const joint_table joint)
{
    joint_part at = joint_part_of(&joint);
    if (at.count <= 0 || !is_sound(loss, loss_scale))
        return;
    const float unscale = unscale_of(loss_scale), decay = joint.decay[at.tensor];
    param = joint_floats(param, &joint, 0, at.tensor);
    gradient = joint_floats(gradient, &joint, 1, at.tensor);
    if (velocity)
        velocity = joint_floats(velocity, &joint, 2, at.tensor);
    octet p = octet_load(param, at.first, at.count), g = octet_load(gradient, at.first, at.count);
#pragma unroll
    for (int i = 0; i < 8; i++)
        g.v[i] = g.v[i] * unscale + decay * p.v[i];
    p = sgd_step(p, g, velocity, at.first, at.count, learning_rate[0], momentum, nesterov);
    octet_store(param, at.first, at.count, p);
}
