/* update.cu: what operators of the update phase share. Uses finite.cu. loss and loss_scale may be
 * NULL. */

/* True if the step may be taken: the loss and all scaled gradients are finite. */
DEVICE bool is_sound(const float *loss, const float *loss_scale)
{
    return (!loss || is_finite(loss[0])) && (!loss_scale || loss_scale[1] == 0.0f);
}

/* What gradients are multiplied by. */
DEVICE float unscale_of(const float *loss_scale)
{
    return loss_scale ? 1.0f / loss_scale[0] : 1.0f;
}

/* An octet of a tensor of n elements: how many of the eight from `first` on there are. */
DEVICE int octet_count(int n, int first)
{
    return n - first < 8 ? n - first : 8;
}
