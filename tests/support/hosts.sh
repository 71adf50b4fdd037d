# hosts.sh: a cluster of hosts on one machine, for scripts that source this first of all. A host is
# a set of namespaces: its own name, processes and network card, which a virtual cable connects with
# a switch. The script's own are on the switch, too, as the machine that jobs are started from. It
# runs in namespaces as well, so whatever ends it, the kernel takes away all that it made.
#
#     begin_hosts NAME...
#     on_hosts LAUNCHER "a b" COMMAND...      runs a command, one process on each host
#
# Hosts have names of one letter, and addresses 10.77.0.N; nothing outside can be reached. Where
# namespaces are not allowed, the script ends.

# ---- Namespaces ----------------------------------------------------------------------------------

# What is missing to make hosts; nothing if they can be made.
lacks_for_hosts()
{
    for tool in unshare nsenter ip tc; do
        command -v $tool >/dev/null || {
            echo "$tool is missing (Debian's packages util-linux and iproute2)"
            return
        }
    done
    # shellcheck disable=SC2086 # a list of words
    $in_namespaces sh -c 'ip link add name hub type bridge && ip link add name to_a type veth' \
        2>&1 | tail -n 1 | sed 's/^/namespaces are not allowed here: /'
}

in_namespaces='unshare --net --mount --uts --pid --fork --kill-child --mount-proc'
[ "$(id -u)" = 0 ] || in_namespaces="$in_namespaces --user --map-root-user"

# Runs this script again, in namespaces of its own.
if [ -z "${IN_NAMESPACES:-}" ]; then
    missing=$(lacks_for_hosts)
    [ -n "$missing" ] || IN_NAMESPACES=1 exec $in_namespaces "$0" "$@"
    echo "skipped: $(basename "$0"): $missing"
    exit 77
fi
. "$srcdir/tests/e2e/e2e.sh"
. "$srcdir/tests/support/launchers.sh"

# ---- Hosts ---------------------------------------------------------------------------------------

# The first process of a host; the host lives as long as it does.
first_process_of() { cat "$work/hosts/$1"; }

# on_host NAME COMMAND...
on_host()
{
    host_pid=$(first_process_of "$1")
    shift
    nsenter --target "$host_pid" --net --mount --uts --pid --wd="$work" "$@"
}

# The last part of a host's address; names are letters.
number_of() { printf %d "'$1"; }

start_host()
{
    unshare --net --mount --uts --pid --fork --kill-child --mount-proc \
        sh -c 'hostname "$0" && ip link set lo up && exec sleep infinity' "$1" &
    host_pid=
    until [ "$(cat "/proc/${host_pid:-0}/comm" 2>/dev/null)" = sleep ]; do
        sleep 0.05
        read -r host_pid <"/proc/$!/task/$!/children"
    done
    echo "$host_pid" >"hosts/$1"
    ip link add name "to_$1" type veth peer name eth0 netns "$host_pid"
    ip link set "to_$1" master hub up
    on_host "$1" ip addr add "10.77.0.$(number_of "$1")/24" dev eth0
    on_host "$1" ip link set eth0 up
}

# What launchers call in the place of ssh: the host, after options, then words for its shell.
write_agent()
{
    cat >agent <<AGENT
#!/bin/sh
while [ "\${1#-}" != "\$1" ]; do shift; done
host=\$1
shift
exec nsenter --target "\$(cat "$work/hosts/\$host")" --net --mount --uts --pid --wd="$work" \
    sh -c "\$*"
AGENT
    chmod +x agent
}

begin_hosts()
{
    mkdir hosts
    write_agent
    hostname front
    ip link set lo up
    ip link add name hub type bridge
    ip addr add 10.77.0.254/24 dev hub
    ip link set hub up
    # Launchers would wait a quarter of an hour for an answer.
    echo 3 >/proc/sys/net/ipv4/tcp_retries2
    printf '127.0.0.1 localhost\n10.77.0.254 front\n' >names
    for name in "$@"; do
        echo "10.77.0.$(number_of "$name") $name" >>names
    done
    mount --bind names /etc/hosts
    mount --bind /dev/null /etc/resolv.conf # there is nobody to ask, which takes its time
    for name in "$@"; do
        start_host "$name"
    done
}

# ---- What happens to hosts -----------------------------------------------------------------------

# All processes of a host die at once; the first takes the others with it.
kill_host() { kill -s KILL "$(first_process_of "$1")"; }

# The processes of the program on a host; those that have ended have no file.
runs_on()
{
    space=$(readlink "/proc/$(first_process_of "$1")/ns/pid")
    for process in /proc/[0-9]*; do
        [ "$(readlink "$process/ns/pid")" = "$space" ] && [ -e "$process/exe" ] &&
            [ "$(cat "$process/comm")" = resnet-run ] && echo "${process#/proc/}"
    done 2>/dev/null
}

# signal_host NAME SIGNAL: to the program's processes there.
signal_host() { runs_on "$1" | xargs -r kill -s "$2"; }

cut_link() { ip link set "to_$1" down; }
mend_link() { ip link set "to_$1" up; }

# slow_link NAME RATE: what the host sends and gets, as in 100mbit; a queue of a quarter of a
# second.
slow_link()
{
    tc qdisc add dev "to_$1" root tbf rate "$2" burst 64kb latency 250ms
    on_host "$1" tc qdisc add dev eth0 root tbf rate "$2" burst 64kb latency 250ms
}

# lossy_link NAME: what the host gets is late, and some of it is lost. Fails without netem.
lossy_link() { tc qdisc add dev "to_$1" root netem delay 2ms 1ms loss 1% 2>/dev/null; }

mend_speed()
{
    tc qdisc del dev "to_$1" root
    on_host "$1" tc qdisc del dev eth0 root 2>/dev/null
}

# ---- Launchers -----------------------------------------------------------------------------------

# Open MPI's own connections look for a lost host after 300 s unless they are told otherwise.
on_hosts_openmpi()
{
    hosts=$(echo "$1" | tr ' ' ,)
    shift
    "$openmpi_run" --host "$hosts" --map-by node --bind-to none --mca plm_rsh_agent "$work/agent" \
        --mca btl tcp,self --mca btl_tcp_if_include 10.77.0.0/24 \
        --mca oob_tcp_if_include 10.77.0.0/24 --mca oob_tcp_keepalive_time 8 \
        --mca oob_tcp_keepalive_intvl 2 --mca oob_tcp_keepalive_probes 3 "$@"
}

on_hosts_mpich()
{
    hosts=$(echo "$1" | tr ' ' ,)
    n=$(echo "$1" | wc -w)
    shift
    FI_TCP_IFACE=eth0 FI_SOCKETS_IFACE=eth0 UCX_NET_DEVICES=eth0 UCX_TLS=tcp,self \
        "$mpich_run" -launcher ssh -launcher-exec "$work/agent" -iface hub -hosts "$hosts" \
        -ppn 1 -n "$n" "$@"
}

# on_hosts LAUNCHER "HOST..." COMMAND...
on_hosts()
{
    launcher=$1
    shift
    RESNET_PLUGIN_PATH=$(plugins_of "$launcher") "on_hosts_$launcher" "$@"
}
