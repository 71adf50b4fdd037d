/* grouped_shape.cl: the geometry of one pass of a grouped convolution. */

/* The same structure as in grouped.h, which documents it. */
typedef struct grouped {
    int images, groups, taps[2], stride[2], dilation[2], backward, relu;
    int in_c, in[2], in_step[2], in_pad[2], in_phases[2];
    int out_c, out[2], out_step[2], out_pad[2], out_phases[2];
    int weight_in, weight_out;
    int first[2], count[2], shift[2];
    int tile_rows, pitch, plane, sums;
    int tile_images, part_images;
} grouped;
