/* update.cl: what operators of the update phase share. loss and loss_scale may be NULL. */

/* True if the step may be taken: the loss and all scaled gradients are finite. */
bool is_sound(__global const float *loss, __global const float *loss_scale)
{
    return (!loss || isfinite(loss[0])) && (!loss_scale || loss_scale[1] == 0.0f);
}

/* What gradients are multiplied by. */
float unscale_of(__global const float *loss_scale)
{
    return loss_scale ? 1.0f / loss_scale[0] : 1.0f;
}
