/* concat.cl: each item copies one element between a part and the whole. */

/* n: elements of the part; row: its elements per image; whole_row: elements per image of all parts;
 * first: offset of the part in whole_row. */
ITEMS_KERNEL concat(OPERAND(part), OPERAND(whole), const int n, const int row,
                    const int whole_row, const int first)
{
    int i = get_global_id(0);
    if (i < n)
        STORE(REALS(whole), i / row * whole_row + first + i % row, LOAD(REALS(part), i));
}

ITEMS_KERNEL concat_grad(OPERAND(part), OPERAND(whole), const int n, const int row,
                         const int whole_row, const int first)
{
    int i = get_global_id(0);
    if (i < n)
        STORE(REALS(part), i, LOAD(REALS(whole), i / row * whole_row + first + i % row));
}
