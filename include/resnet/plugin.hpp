/* plugin.hpp: for plugins in C++17: no exception crosses the line to the core.
 *
 * Every function that a table holds is put there through resnet::guard:
 *
 *     static rn_value *build(rn_graph *g, const rn_attrs *attrs, rn_value *x);   // may throw
 *     block.build = resnet::guard<build>;
 *
 * and the entry is RESNET_PLUGIN(fill), where `rn_status fill(rn_plugin *plugin)` may throw too. An
 * exception becomes the failure that the function's result can tell, with what() as the message:
 * a status, after rn_host::fail; a NULL value, after rn_graph::fail; otherwise a warning in the log
 * and a result of 0. Since ABI 0.9; it needs no more of the core than ABI 0.6 has.
 *
 * Compile with -fvisibility=hidden. Templates of the standard library are exported nevertheless by
 * some compilers; where `nm -D --defined-only` shows more than the entry, link with a version
 * script, or with -Wl,--exclude-libs,ALL if they come from a static library. */
#ifndef RESNET_PLUGIN_HPP
#define RESNET_PLUGIN_HPP

#include <exception>
#include <new>
#include <resnet/plugin.h>

namespace resnet
{

/* Of the core; set before `fill` is called. [any] */
inline const rn_host *host = nullptr;

/* What an exception becomes. RN_E_NOMEM for std::bad_alloc, RN_E_PLUGIN for everything else; call it
 * within a `catch`. `tell` gets the status and the message. */
template <typename Tell> void tell_exception(Tell tell) noexcept
{
    try {
        throw;
    } catch (const std::bad_alloc &) {
        tell(RN_E_NOMEM, "no memory");
    } catch (const std::exception &e) {
        tell(RN_E_PLUGIN, e.what());
    } catch (...) {
        tell(RN_E_PLUGIN, "an exception that is no std::exception");
    }
}

/* Tells host->fail, a graph or the log, by the function's result and first argument. */
template <typename Result> struct failure {
    template <typename... Arguments> static Result make(Arguments...) noexcept
    {
        tell_exception([](rn_status, const char *why) { host->note(RN_LOG_WARNING, "%s", why); });
        return Result();
    }
};

template <> struct failure<rn_status> {
    template <typename... Arguments> static rn_status make(Arguments...) noexcept
    {
        rn_status result = RN_E_PLUGIN;
        tell_exception(
            [&](rn_status status, const char *why) { result = host->fail(status, "%s", why); });
        return result;
    }
};

template <> struct failure<rn_value *> {
    template <typename... Arguments> static rn_value *make(rn_graph *g, Arguments...) noexcept
    {
        tell_exception([&](rn_status status, const char *why) { g->fail(g, status, "%s", why); });
        return nullptr;
    }
};

template <auto function> struct guarded;

template <typename Result, typename... Arguments, Result (*function)(Arguments...)>
struct guarded<function> {
    static Result call(Arguments... arguments) noexcept
    {
        try {
            return function(arguments...);
        } catch (...) {
            return failure<Result>::make(arguments...);
        }
    }
};

/* `function` with the same parameters and result, which never throws. */
template <auto function> inline constexpr auto guard = &guarded<function>::call;

} // namespace resnet

/* The entry. [setup] */
#define RESNET_PLUGIN(fill)                                                                        \
    rn_status RN_PLUGIN_ENTRY(const rn_host *core, rn_plugin *plugin)                              \
    {                                                                                              \
        resnet::host = core;                                                                       \
        plugin->abi_minor = RN_ABI_MINOR;                                                          \
        return resnet::guard<fill>(plugin);                                                        \
    }

#endif
