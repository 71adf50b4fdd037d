/* sgd.cl: one step in place, of sgd and, with a ratio in g, of lars. Uses octet.cl, update.cl and
 * joint.cl. */

/* p after a step along g, the gradient with weight decay. Changes the `count` elements of the
 * velocity, which may be NULL, from `first` on. */
float8 sgd_step(float8 p, float8 g, __global float *velocity, int first, int count, float rate,
                float momentum, int nesterov)
{
    float8 v = g;
    if (velocity) {
        v += momentum * octet_load(velocity, first, count);
        octet_store(v, velocity, first, count);
    }
    return p - rate * (nesterov ? g + momentum * v : v);
}

ITEMS_KERNEL sgd(OPERAND(param), OPERAND(gradient), OPERAND(velocity), OPERAND(learning_rate),
                 OPERAND(loss), OPERAND(loss_scale), const float momentum, const int nesterov,
                 const joint_table joint)
{
    joint_part at = joint_part_of(&joint);
    if (at.count <= 0 || !is_sound(FLOATS(loss), FLOATS(loss_scale)))
        return;
    __global float *params = JOINT_FLOATS(param, 0, at.tensor);
    __global float *velocities = velocity ? JOINT_FLOATS(velocity, 2, at.tensor) : 0;
    float8 p = octet_load(params, at.first, at.count);
    float8 g = octet_load(JOINT_FLOATS(gradient, 1, at.tensor), at.first, at.count);
    g = g * unscale_of(FLOATS(loss_scale)) + joint.decay[at.tensor] * p;
    p = sgd_step(p, g, velocities, at.first, at.count, FLOATS(learning_rate)[0], momentum,
                 nesterov);
    octet_store(p, params, at.first, at.count);
}
