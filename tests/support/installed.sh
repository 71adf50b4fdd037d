# installed.sh: an installed copy in "$work/root", and what the tests of it share. A script sources
# it after script.sh, with `work` set to a folder that nobody else can write to.

# section PAGE LANGUAGE N: the page's N-th code block in that language.
section()
{
    awk -v fence="\`\`\`$2" -v wanted="$3" '
        /^```$/ { inside = 0 }
        inside && n == wanted
        $0 == fence { inside = 1; n++ }' "$srcdir/share/doc/$1"
}

# attempt WHAT COMMAND...: runs a command; if it fails, prints its output.
attempt()
{
    what=$1
    shift
    if "$@" >"$work/log" 2>&1 </dev/null; then
        ok "$what"
    else
        not_ok "$what"
        tail -n 40 "$work/log"
        return 1
    fi
}

install_copy()
{
    (umask 022 && ${MAKE:-make} -s -C "$builddir" install DESTDIR="$work/root")
}

# The folder of the first file of this name in the copy.
folder_of() { dirname "$(find "$work/root" -type f -name "$1" | head -n 1)"; }

attempt 'make install to a DESTDIR' install_copy || finish

# The copy was configured for another prefix, so everybody has to be told where it is.
commands=$(folder_of resnet-plugin)
plugins=$(folder_of residual.so)
PKG_CONFIG_PATH=$(folder_of resnet-plugin.pc)
PKG_CONFIG_SYSROOT_DIR=$work/root
PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1
RESNET_PLUGIN_PATH=$plugins
RESNET_MODELS_PATH=$(folder_of resnet18.cfg)
RESNET_TEMPLATES_PATH=$(dirname "$(folder_of data.sh)")
PATH=$commands:$PATH
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR PKG_CONFIG_ALLOW_SYSTEM_CFLAGS
export RESNET_PLUGIN_PATH RESNET_MODELS_PATH RESNET_TEMPLATES_PATH PATH
unset MAKEFLAGS MFLAGS
