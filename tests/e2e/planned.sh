#!/bin/sh
# planned.sh: onednn describes a convolution to its library once, and has it compiled once, however
# many layers are equal and however often it is asked about them.
. "$srcdir/tests/e2e/e2e.sh"

if [ ! -e "$builddir/.libs/onednn.so" ]; then
    skip 'plans of convolutions' 'there is no onednn.so'
    exit 77
fi
export XDG_CACHE_HOME="$work/cache"
mkdir "$XDG_CACHE_HOME"

# infer BLOCKS: CIFAR-10's network of 6 * BLOCKS + 2 layers, whose layers in a stage are equal.
infer()
{
    "$run" bench "$srcdir/share/models/cifar_resnet$((6 * $1 + 2)).cfg" --backend=onednn \
        --phase=infer --batch=2 --steps=1 --warmup=0
}

# compiled: how many convolutions oneDNN has compiled, as it says.
compiled() { grep -c 'create:cache_miss,.*,convolution,' stdout; }
export ONEDNN_VERBOSE=2
expect 0 '' 'the choices are made' infer 3
expect 0 '' 'a network of three blocks a stage' infer 3
compiled >three
verdict 'its convolutions are compiled' "$([ "$(cat three)" -gt 0 ] || cat stdout)"
expect 0 '' 'a network of five blocks a stage' infer 5
compiled >five
verdict 'more equal layers are not compiled again' "$(diff three five)"
unset ONEDNN_VERBOSE

cat >counter.c <<'SOURCE'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
static int n;
int dnnl_primitive_desc_create(void **desc, const void *op, const void *attributes, void *engine,
                               const void *hint)
{
    int (*create)(void **, const void *, const void *, void *, const void *) = dlsym(
        dlopen("libdnnl.so.2", RTLD_LAZY | RTLD_NOLOAD), "dnnl_primitive_desc_create");
    n++;
    return create(desc, op, attributes, engine, hint);
}
__attribute__((destructor)) static void tell(void)
{
    fprintf(stderr, "described %d\n", n);
}
SOURCE
if [ -n "${SANITIZE:-}" ] || ! ldd "$builddir/.libs/onednn.so" | grep -q 'libdnnl\.so\.2' ||
    ! ${CC:-cc} -shared -fPIC counter.c -o counter.so -ldl 2>/dev/null; then
    skip 'descriptions' 'calls of oneDNN 2 cannot be counted'
    finish
fi
# described BLOCKS: as `infer`; how often a primitive was described.
described() { LD_PRELOAD="$work/counter.so" infer "$1" 2>&1 >stdout | sed -n 's/^described //p'; }
described 3 >three
described 5 >five
verdict 'primitives are described' "$([ "$(cat three)" -gt 0 ] || echo none)"
verdict 'more equal layers are not described again' "$(diff three five)"
finish
