/* rmsprop.cu: one step of TensorFlow's RMSprop in place. Uses update.cu and joint.cu. velocity,
 * loss and loss_scale may be absent. */

/* add: 1 - decay, of the mean square. */
KERNEL rmsprop(float *param, float *gradient, float *square, float *velocity,
               const float *learning_rate, const float *loss, const float *loss_scale, float add,
               float momentum, float epsilon, const joint_table joint)
{
    joint_part at = joint_part_of(&joint);
    if (at.count <= 0 || !is_sound(loss, loss_scale))
        return;
    const float rate = learning_rate[0], unscale = unscale_of(loss_scale);
    const float decay = joint.decay[at.tensor];
    param = joint_floats(param, &joint, 0, at.tensor);
    gradient = joint_floats(gradient, &joint, 1, at.tensor);
    square = joint_floats(square, &joint, 2, at.tensor);
    octet p = octet_load(param, at.first, at.count), g = octet_load(gradient, at.first, at.count);
    octet s = octet_load(square, at.first, at.count), v;
#pragma unroll
    for (int i = 0; i < 8; i++) {
        g.v[i] = g.v[i] * unscale + decay * p.v[i];
        s.v[i] += add * (g.v[i] * g.v[i] - s.v[i]);
        v.v[i] = rate * g.v[i] / sqrtf(s.v[i] + epsilon);
    }
    octet_store(square, at.first, at.count, s);
    if (velocity) {
        velocity = joint_floats(velocity, &joint, 3, at.tensor);
        octet before = octet_load(velocity, at.first, at.count);
#pragma unroll
        for (int i = 0; i < 8; i++)
            v.v[i] += momentum * before.v[i];
        octet_store(velocity, at.first, at.count, v);
    }
#pragma unroll
    for (int i = 0; i < 8; i++)
        p.v[i] -= v.v[i];
    octet_store(param, at.first, at.count, p);
}
