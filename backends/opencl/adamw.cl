/* adamw.cl: one step of Adam in place. Uses octet.cl, update.cl and joint.cl. */

typedef struct adam_rates {
    float keep_mean, add_mean;     /* beta1, 1 - beta1 */
    float keep_square, add_square; /* beta2, 1 - beta2 */
    float epsilon;
} adam_rates;

/* A square may be far smaller than its root, so the correction is that of the root. */
float8 adam_direction(float8 mean, float8 square, __global const float *correction, float epsilon)
{
    return mean / correction[0] / (sqrt(square) / sqrt(correction[1]) + epsilon);
}

/* Adds g, the gradient, to the averages, and returns the direction that they give. */
float8 adam_average(float8 g, __global float *mean, __global float *square,
                    __global const float *correction, int first, int count, adam_rates rates)
{
    float8 m = rates.keep_mean * octet_load(mean, first, count) + rates.add_mean * g;
    float8 s = rates.keep_square * octet_load(square, first, count) + rates.add_square * g * g;
    octet_store(m, mean, first, count);
    octet_store(s, square, first, count);
    return adam_direction(m, s, correction, rates.epsilon);
}

ITEMS_KERNEL adamw(OPERAND(param), OPERAND(gradient), OPERAND(mean), OPERAND(square),
                   OPERAND(learning_rate), OPERAND(correction), OPERAND(loss), OPERAND(loss_scale),
                   const float keep_mean, const float add_mean, const float keep_square,
                   const float add_square, const float epsilon, const joint_table joint)
{
    joint_part at = joint_part_of(&joint);
    if (at.count <= 0 || !is_sound(FLOATS(loss), FLOATS(loss_scale)))
        return;
    __global float *params = JOINT_FLOATS(param, 0, at.tensor);
    float8 p = octet_load(params, at.first, at.count);
    float8 g = octet_load(JOINT_FLOATS(gradient, 1, at.tensor), at.first, at.count);
    float8 u = adam_average(g * unscale_of(FLOATS(loss_scale)), JOINT_FLOATS(mean, 2, at.tensor),
                            JOINT_FLOATS(square, 3, at.tensor), FLOATS(correction), at.first,
                            at.count,
                            (adam_rates){ keep_mean, add_mean, keep_square, add_square, epsilon });
    octet_store(p - FLOATS(learning_rate)[0] * (u + joint.decay[at.tensor] * p), params, at.first,
                at.count);
}
