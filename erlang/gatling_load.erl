%% Loads code into the running node, and removes it again.
-module(gatling_load).
-export([prepare/1, finish/1, finish_old/3, unload/1, loaded/1, md5/1]).

prepare([]) -> none;
prepare(Modules) ->
    case code:prepare_loading([{Module, File, gatling_code:read(File)} || {Module, File} <- Modules]) of
        {ok, Prepared} -> Prepared;
        {error, Reasons} -> gatling_finding:refuse([gatling_finding:of_terms(broken, Module, Reason) || {Module, Reason} <- Reasons])
    end.

finish(none) -> ok;
finish(Prepared) ->
    case code:finish_loading(Prepared) of
        ok -> ok;
        {error, Reasons} -> gatling_finding:refuse([gatling_finding:of_terms(broken, Module, Reason) || {Module, Reason} <- Reasons])
    end.

unload(Modules) ->
    [begin code:delete(Module), code:soft_purge(Module) end || Module <- Modules, erlang:module_loaded(Module)].

loaded(Module) ->
    case erlang:module_loaded(Module) of true -> erlang:get_module_info(Module, md5); false -> none end.

md5(File) ->
    code:module_md5(gatling_code:read(File)).

%% Loads the old code again. That fails while a process still runs that code, so the process gets a second to leave it.
%% After that it is killed with Force, because others are suspended. Without Force this fails.
finish_old(PreparedOld, Changed, Force) ->
    Modules = [Module || #{module := Module} <- Changed],
    Held = purged_within(Modules, 1000),
    case {Held, Force} of
        {[], _} -> ok;
        {_, true} -> [code:purge(Module) || Module <- Held];
        {_, false} -> throw({held, Held})
    end,
    finish(PreparedOld).

%% Waits until no process runs the old code. Closures need no wait: they work again with the same code.
purged_within(Modules, Ms) ->
    case [Module || Module <- Modules, not code:soft_purge(Module)] of
        [] -> [];
        Held when Ms =< 0 -> Held;
        Held ->
            receive after 20 -> ok end,
            purged_within(Held, Ms - 20)
    end.
