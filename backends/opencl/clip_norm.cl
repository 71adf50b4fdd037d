/* clip_norm.cl: limits the norm of all gradients, by the factor that divides them. */

/* Runs as a single group, of which one item works. limit 0: none. */
GROUPS_KERNEL clip_norm(OPERAND(loss_scale), OPERAND(square_sum), OPERAND(norm), const float limit)
{
    if (get_local_id(0) != 0)
        return;
    float is = sqrt(FLOATS(square_sum)[0]) / FLOATS(loss_scale)[0];
    FLOATS(norm)[0] = is;
    if (!isfinite(is))
        FLOATS(loss_scale)[1] = 1.0f;
    else if (limit != 0.0f)
        FLOATS(loss_scale)[0] *= fmax(1.0f, (is + 1e-6f) / limit);
}
