/* joint.cl: kernels that go through several tensors in one launch, eight neighbouring elements an
 * item. Uses octet.cl. */

/* As in gpu/joint.h, with the lengths of its arrays as options TENSORS and SLOTS. */
typedef struct joint_table {
    int n, begin[TENSORS], count[TENSORS];
    float decay[TENSORS];
    uint at[SLOTS][TENSORS];
} joint_table;

/* The elements of an item: of which tensor, and where; beyond the tensor's end, count is not
 * positive. */
typedef struct joint_part {
    int tensor, first, count;
} joint_part;

/* The tensor that the group works on. */
int joint_tensor(const joint_table *joint)
{
    int i = 0;
    while (i + 1 < joint->n && (int)get_group_id(0) >= joint->begin[i + 1])
        i++;
    return i;
}

joint_part joint_part_of(const joint_table *joint)
{
    int i = joint_tensor(joint);
    int first = (((int)get_group_id(0) - joint->begin[i]) * GROUP + (int)get_local_id(0)) * 8;
    return (joint_part){ i, first, min(8, joint->count[i] - first) };
}

/* The tensor's operand `slot`, of a kernel whose table is `joint`. */
#define JOINT_FLOATS(name, slot, tensor) \
    ((__global float *)(name + (ulong)joint.at[slot][tensor] * 64))
