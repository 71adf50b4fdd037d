/* joint.cu: kernels that go through several tensors in one launch, an octet a thread. */

/* As in gpu/joint.h, with the lengths of its arrays as options TENSORS and SLOTS. */
typedef struct joint_table {
    int n, begin[TENSORS], count[TENSORS];
    float decay[TENSORS];
    uint at[SLOTS][TENSORS];
} joint_table;

/* The elements of a thread: of which tensor, and where; beyond the tensor's end, count is not
 * positive. */
typedef struct joint_part {
    int tensor, first, count;
} joint_part;

/* The tensor that the block works on. */
DEVICE int joint_tensor(const joint_table *joint)
{
    int i = 0;
    while (i + 1 < joint->n && (int)blockIdx.x >= joint->begin[i + 1])
        i++;
    return i;
}

DEVICE joint_part joint_part_of(const joint_table *joint)
{
    int i = joint_tensor(joint);
    int first = (((int)blockIdx.x - joint->begin[i]) * GROUP + (int)threadIdx.x) * 8;
    joint_part part = { i, first, octet_count(joint->count[i], first) };
    return part;
}

/* The tensor's operand `slot`, which lies in `buffer`. */
DEVICE float *joint_floats(float *buffer, const joint_table *joint, int slot, int tensor)
{
    return buffer + (int64)joint->at[slot][tensor] * 16;
}
