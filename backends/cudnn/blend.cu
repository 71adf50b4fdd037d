/* blend.cu: moves a tensor towards another in place. Uses joint.cu. */

/* Where the factor is 0, what the tensor holds does not matter. */
DEVICE octet blend_part(float factor, const float *x, joint_part at)
{
    octet o = octet_load(x, at.first, at.count);
#pragma unroll
    for (int i = 0; i < 8; i++)
        o.v[i] = factor == 0.0f ? 0.0f : factor * o.v[i];
    return o;
}

KERNEL blend(float *target, float *source, const float *factors, const joint_table joint)
{
    joint_part at = joint_part_of(&joint);
    if (at.count <= 0)
        return;
    target = joint_floats(target, &joint, 0, at.tensor);
    octet kept = blend_part(factors[0], target, at);
    octet added = blend_part(factors[1], joint_floats(source, &joint, 1, at.tensor), at);
#pragma unroll
    for (int i = 0; i < 8; i++)
        kept.v[i] += added.v[i];
    octet_store(target, at.first, at.count, kept);
}
