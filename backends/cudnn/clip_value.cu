/* clip_value.cu: limits each element of a gradient in place. Uses joint.cu. */

/* Keeps NaN. loss_scale may be absent. */
KERNEL clip_value(float *gradient, const float *loss_scale, float limit, const joint_table joint)
{
    joint_part at = joint_part_of(&joint);
    if (at.count <= 0)
        return;
    const float most = loss_scale ? limit * loss_scale[0] : limit;
    gradient = joint_floats(gradient, &joint, 0, at.tensor);
    octet g = octet_load(gradient, at.first, at.count);
#pragma unroll
    for (int i = 0; i < 8; i++)
        g.v[i] = g.v[i] > most ? most : g.v[i] < -most ? -most : g.v[i];
    octet_store(gradient, at.first, at.count, g);
}
