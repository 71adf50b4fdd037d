/* blend.cl: moves a tensor towards another in place. Uses octet.cl and joint.cl. */

/* Where the factor is 0, what the tensor holds does not matter. */
float8 blend_part(float factor, __global const float *x, joint_part at)
{
    return factor == 0.0f ? (float8)(0.0f) : factor * octet_load(x, at.first, at.count);
}

ITEMS_KERNEL blend(OPERAND(target), OPERAND(source), OPERAND(factors), const joint_table joint)
{
    joint_part at = joint_part_of(&joint);
    if (at.count <= 0)
        return;
    __global float *targets = JOINT_FLOATS(target, 0, at.tensor);
    float8 kept = blend_part(FLOATS(factors)[0], targets, at);
    float8 added = blend_part(FLOATS(factors)[1], JOINT_FLOATS(source, 1, at.tensor), at);
    octet_store(kept + added, targets, at.first, at.count);
}
