/* bias.cl: the gradient of the bias, which sums dy over images and pixels in a fixed order. */

/* Group (k, part): channel k in `images` of the n images. */
GROUPS_KERNEL conv2d_bias_parts(OPERAND(dy), OPERAND(parts), const int n, const int images,
                                const int plane)
{
    __local float sums[GROUP];
    int item = get_local_id(0), k = get_group_id(0), channels = get_num_groups(0);
    int part = get_group_id(1), end = min(n, (part + 1) * images);
    float sum = 0.0f;
    for (int image = part * images; image < end; image++)
        for (int i = item; i < plane; i += GROUP)
            sum += LOAD(REALS(dy), (image * channels + k) * plane + i);
    sums[item] = sum;
    for (int half_way = GROUP / 2; half_way > 0; half_way /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (item < half_way)
            sums[item] += sums[item + half_way];
    }
    if (item == 0)
        FLOATS(parts)[part * channels + k] = sums[0];
}
