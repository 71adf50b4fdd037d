/* sgd.cl: each item updates eight neighbouring elements.
 *
 * Options: LOSS, LOSS_SCALE, VELOCITY if that operand is present; NESTEROV. */

/* True if the step may be taken: the loss and all scaled gradients are finite. */
bool is_sound(__global const float *loss, __global const float *loss_scale)
{
    bool sound = true;
#ifdef LOSS
    sound = isfinite(loss[0]);
#endif
#ifdef LOSS_SCALE
    sound = sound && loss_scale[1] == 0.0f;
#endif
    return sound;
}

ITEMS_KERNEL sgd(OPERAND(param), OPERAND(gradient), OPERAND(velocity), OPERAND(learning_rate),
                 OPERAND(loss), OPERAND(loss_scale), const int n, const int octets,
                 const float momentum, const float decay)
{
    int item = get_global_id(0), first = item * 8, count = n - first;
    if (item >= octets || !is_sound(FLOATS(loss), FLOATS(loss_scale)))
        return;
    float8 p = octet_load(FLOATS(param), first, count);
    float8 g = octet_load(FLOATS(gradient), first, count);
#ifdef LOSS_SCALE
    g *= 1.0f / FLOATS(loss_scale)[0];
#endif
    g += decay * p;
    float8 v = g;
#ifdef VELOCITY
    v += momentum * octet_load(FLOATS(velocity), first, count);
    octet_store(v, FLOATS(velocity), first, count);
#endif
#ifdef NESTEROV
    v = g + momentum * v;
#endif
    octet_store(p - FLOATS(learning_rate)[0] * v, FLOATS(param), first, count);
}
