#!/bin/sh
# found.sh: where cudnn.so's libraries are found that the loader does not know of. The stand-ins for
# NVIDIA's libraries lie where its toolkit and Python's packages would be, under names that only
# they and a copy of the plugin have, so that it does not matter what this machine has.
. "$srcdir/tests/e2e/e2e.sh"
standins=$builddir/tests/cudasim/lib
[ -f "$builddir/.libs/cudnn.so" ] && [ -f "$standins/libcudasim.so" ] || {
    skip 'libraries in other folders' 'cudnn.so or its stand-ins were not built (see configure)'
    exit 77
}
unset LD_LIBRARY_PATH CUDA_HOME VIRTUAL_ENV CUDASIM_DEVICES CUDASIM_FAIL CUDASIM_REPORT
export HOME="$work/home" XDG_CACHE_HOME="$work/cache" RESNET_PLUGIN_PATH="$work/plugins"
umask 022

# renamed FILE: libcudnn.so.9 becomes libcudnn.so.0, libcublas.so.13 libcublas.so.03.
renamed() { LC_ALL=C sed 's/\(lib\(cudnn\|cublas\|nvrtc\|cudart\|nccl\)\.so\.\)[0-9]/\10/g' "$1"; }

# put FOLDER NAME...: the stand-ins of these libraries.
put()
{
    folder=$1
    shift
    mkdir -p "$folder"
    cp "$standins/libcudasim.so" "$folder"
    for name in "$@"; do
        file=$(basename "$standins/$name".so.*[0-9])
        renamed "$standins/$file" >"$folder/$(echo "$file" | sed 's/\.so\.[0-9]/.so.0/')"
    done
}

# put_packages PREFIX: as pip does.
put_packages()
{
    packages=$1/lib/python3.11/site-packages/nvidia
    put "$packages/cudnn/lib" libcudnn
    put "$packages/cu13/lib" libcublas libnvrtc libcudart
    put "$packages/nccl/lib" libnccl
}

info() { "$builddir/resnet-plugin" info cudnn; }
network() { "$run" summary "$net" --algorithms --backend=cudnn; }

# from FOLDER WHAT COMMAND...: its libraries are listed, and are those of this folder.
from()
{
    folder=$1 what=$2
    shift 2
    "$@" >stdout 2>stderr
    verdict "$what" "$(
        sed -n '/^Libraries/,/^$/p' stdout >listed
        for name in runtime cuDNN cuBLAS NVRTC; do
            grep -q "$name: .*[0-9]\.[0-9].*, $folder/" listed || echo "$name"
        done
        grep -q 'cudnn:0: Simulated GPU 0' stdout || show stdout stderr)"
}

mkdir -p plugins home
cp "$builddir"/.libs/*.so plugins
renamed "$builddir/.libs/cudnn.so" >plugins/cudnn.so
expect 3 'it needs the library libcudnn.so.0, which is missing' 'libraries that are nowhere' network

put_packages "$work/venv [1]"
export VIRTUAL_ENV="$work/venv [1]"
from "$work/venv .1." 'a virtual environment' info
put "$work/cuda/lib64" libcudnn libcublas libnvrtc libcudart
export CUDA_HOME="$work/cuda"
from "$work/cuda" "the toolkit comes before Python's packages" info
rm cuda/lib64/libcudnn*
"$builddir/resnet-plugin" info cudnn >stdout 2>stderr
verdict 'each library is looked for by itself' "$(
    grep -q "cuDNN: .*, $work/venv" stdout && grep -q "cuBLAS: .*, $work/cuda" stdout ||
        show stdout stderr)"
unset CUDA_HOME
expect 0 'on cudnn:0,1' 'NCCL, which the plugin opens itself' env CUDASIM_DEVICES=2 "$run" bench \
    "$net" --backend=cudnn:0,1 --steps=1 --batch=8 --tune=off
chmod g+w "$VIRTUAL_ENV/lib/python3.11/site-packages/nvidia/nccl/lib"
expect 3 'libnccl.so.0 is not used, because its group may write to' 'NCCL that others may change' \
    env CUDASIM_DEVICES=2 "$run" bench "$net" --backend=cudnn:0,1 --steps=1 --batch=8 --tune=off
unset VIRTUAL_ENV

mkdir -p bin python/bin
printf '#!/bin/sh\n' >python/bin/python3 && chmod +x python/bin/python3
ln -s "$work/python/bin/python3" bin/python3
put_packages "$work/python"
from "$work/python" 'the python3 of PATH' env PATH="$work/python/bin:$PATH" \
    "$builddir/resnet-plugin" info cudnn
from "$work/python" 'where its links lead' env PATH="$work/bin:$PATH" "$builddir/resnet-plugin" \
    info cudnn
put_packages "$work/home/.local"
from "$work/home/.local" "the user's packages" info
put_packages "$work/loader"
put "$work/loader/all" libcudnn libcublas libnvrtc libcudart
from "$work/loader/all" "the loader's folders come first" env LD_LIBRARY_PATH="$work/loader/all" \
    "$builddir/resnet-plugin" info cudnn

packages=$work/home/.local/lib/python3.11/site-packages/nvidia
chmod g+w "$packages/cudnn/lib"
expect 3 'libcudnn.so.0 is not used, because its group may write to' \
    'a folder that others may change' network
chmod g-w "$packages/cudnn/lib"
echo damaged >"$packages/cudnn/lib/libcudnn.so.0"
expect 3 'libcudnn.so.0: file too short' 'a damaged library' network
finish
