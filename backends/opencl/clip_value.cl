/* clip_value.cl: limits each element of a gradient in place. Uses octet.cl and joint.cl. */

/* Keeps NaN. loss_scale may be absent. */
ITEMS_KERNEL clip_value(OPERAND(gradient), OPERAND(loss_scale), const float limit,
                        const joint_table joint)
{
    joint_part at = joint_part_of(&joint);
    if (at.count <= 0)
        return;
    __global float *gradients = JOINT_FLOATS(gradient, 0, at.tensor);
    float8 most = (float8)(loss_scale ? limit * FLOATS(loss_scale)[0] : limit);
    float8 g = octet_load(gradients, at.first, at.count);
    g = select(g, most, g > most);
    g = select(g, -most, g < -most);
    octet_store(g, gradients, at.first, at.count);
}
