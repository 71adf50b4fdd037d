#!/bin/sh
# slow_link.sh: training steps of the book's ResNet-18 by two hosts (tests/support/hosts.sh) of one
# thread each, on links of several speeds; prints how much of the exchange was hidden behind
# computing.
#
# From the environment: BUILD (build), RATES (1gbit 100mbit), BATCH (256), STEPS (3), BACKEND
# (onednn)
srcdir=$(cd "$(dirname "$0")/../.." && pwd)
builddir=$(cd "${BUILD:-build}" && pwd) || exit 1
export srcdir builddir RESNET_PLUGIN_PATH="$builddir/.libs"
. "$srcdir/tests/support/hosts.sh"
use_launchers slow_link
begin_hosts a b
echo '| link | step ms | alone ms | exchange ms | plain sum ms | hidden |'
echo '|---|---|---|---|---|---|'
for rate in none ${RATES:-1gbit 100mbit}; do
    [ "$rate" = none ] || slow_link a "$rate"
    on_hosts openmpi 'a b' "$run" bench --threads=1 --backend="${BACKEND:-onednn}" \
        --batch="${BATCH:-256}" --steps="${STEPS:-3}" --warmup=1 --json \
        "$srcdir/share/models/d2l_resnet18_fashion_mnist.cfg" >numbers 2>stderr || show stderr
    python3 - "$rate" <<'PY'
import json, sys
found = json.load(open("numbers"))
scaling = found["scaling"]
print(f"| {sys.argv[1]} | {found['median_ms']:.0f} | {scaling['alone_ms']:.0f} "
      f"| {scaling['exchange_ms']:.0f} | {scaling['plain_ms']:.0f} "
      f"| {100 * scaling['hidden']:.0f} % |")
PY
    [ "$rate" = none ] || mend_speed a
done
