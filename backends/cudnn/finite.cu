/* finite.cu: whether numbers are neither infinite nor NaN. */
DEVICE bool is_finite(float f)
{
    return (__float_as_uint(f) & 0x7f800000u) != 0x7f800000u;
}
