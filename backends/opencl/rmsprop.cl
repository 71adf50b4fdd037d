/* rmsprop.cl: one step of TensorFlow's RMSprop in place. Uses octet.cl, update.cl and joint.cl. */

/* add: 1 - decay, of the mean square. velocity may be absent. */
ITEMS_KERNEL rmsprop(OPERAND(param), OPERAND(gradient), OPERAND(square), OPERAND(velocity),
                     OPERAND(learning_rate), OPERAND(loss), OPERAND(loss_scale), const float add,
                     const float momentum, const float epsilon, const joint_table joint)
{
    joint_part at = joint_part_of(&joint);
    if (at.count <= 0 || !is_sound(FLOATS(loss), FLOATS(loss_scale)))
        return;
    __global float *params = JOINT_FLOATS(param, 0, at.tensor);
    __global float *squares = JOINT_FLOATS(square, 2, at.tensor);
    float8 p = octet_load(params, at.first, at.count);
    float8 g = octet_load(JOINT_FLOATS(gradient, 1, at.tensor), at.first, at.count);
    g = g * unscale_of(FLOATS(loss_scale)) + joint.decay[at.tensor] * p;
    float8 s = octet_load(squares, at.first, at.count);
    s += add * (g * g - s);
    octet_store(s, squares, at.first, at.count);
    float8 v = FLOATS(learning_rate)[0] * g / sqrt(s + epsilon);
    if (velocity) {
        __global float *velocities = JOINT_FLOATS(velocity, 3, at.tensor);
        v += momentum * octet_load(velocities, at.first, at.count);
        octet_store(v, velocities, at.first, at.count);
    }
    octet_store(p - v, params, at.first, at.count);
}
