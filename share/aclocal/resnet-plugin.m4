# resnet-plugin.m4: for plugins of resnet-run that are built by autoconf.
#
# RESNET_PLUGIN([MINIMUM-ABI], [IF-FOUND], [IF-NOT-FOUND])
#
# Looks for the installed headers by pkg-config; MINIMUM-ABI is as "0.9". Without IF-NOT-FOUND, ends
# configure where they are missing or older. Sets in Makefiles:
#   RESNET_PLUGIN_CFLAGS    to compile
#   RESNET_PLUGIN_LDFLAGS   to link a module; with libtool, add -module -avoid-version
#   RESNET_PLUGIN_DIR       where resnet-run looks for plugins
#   RESNET_PLUGIN_ABI       the version of the headers
AC_DEFUN([RESNET_PLUGIN], [
AC_REQUIRE([PKG_PROG_PKG_CONFIG])
dnl PKG_CHECK_MODULES would expand its prefix, which is this macro's name, without end.
PKG_CHECK_EXISTS([resnet-plugin], [resnet_plugin_found=yes], [resnet_plugin_found=no])
AS_IF([test "$resnet_plugin_found" = yes], [
    RESNET_PLUGIN_CFLAGS=`$PKG_CONFIG --cflags resnet-plugin`
    RESNET_PLUGIN_LDFLAGS=`$PKG_CONFIG --variable=module_ldflags resnet-plugin`
    RESNET_PLUGIN_DIR=`$PKG_CONFIG --variable=plugindir resnet-plugin`
    RESNET_PLUGIN_ABI=`$PKG_CONFIG --variable=abi_version resnet-plugin`
    m4_ifnblank([$1], [AS_VERSION_COMPARE([$RESNET_PLUGIN_ABI], [$1],
        [resnet_plugin_found="no: its ABI is $RESNET_PLUGIN_ABI, and this needs $1"])])
])
AC_SUBST([RESNET_PLUGIN_CFLAGS])
AC_SUBST([RESNET_PLUGIN_LDFLAGS])
AC_SUBST([RESNET_PLUGIN_DIR])
AC_SUBST([RESNET_PLUGIN_ABI])
AS_IF([test "$resnet_plugin_found" = yes], [m4_default([$2], [:])],
    [m4_default([$3], [AC_MSG_ERROR(
        [resnet-plugin: $resnet_plugin_found; install resnet-run, or set PKG_CONFIG_PATH])])])
])
