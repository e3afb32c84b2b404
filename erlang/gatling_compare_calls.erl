%% Compares the calls of two releases: calls of functions that are gone, and calls that never leave the old code.
-module(gatling_compare_calls).
-export([findings/1, loops/1]).

%% Finds calls of functions that the new release no longer has. A request that runs in old code can still make them.
findings(#{before := Before, later := After, changed := Changed, dropped := Dropped}) ->
    Gone = lists:append([[{Module, Name, Arity} || {Name, Arity} <- gatling_code:exports(maps:get(Module, Before)) -- exports_of(Module, After)]
                         || Module <- Changed ++ Dropped]),
    case Gone of
        [] -> [];
        _ ->
            Modules = lists:usort([Module || {Module, _, _} <- Gone]),
            Callers = maps:with(gatling_reach:users(Modules, Before), Before),
            [gatling_finding:new(function_gone, Function, gatling_finding:name(Caller))
             || {Caller, _} <- lists:sort(maps:to_list(Callers)),
                Function = {Module, _, _} <- lists:usort(gatling_code:calls(maps:values(gatling_scope:functions(Caller, Callers)))),
                Module =/= Caller, lists:member(Function, Gone)]
    end.

exports_of(Module, Files) ->
    case Files of #{Module := File} -> gatling_code:exports(File); _ -> [] end.

%% Returns the functions of changed modules in which a process can loop for ever in the old code: those that reach
%% themselves by local calls.
loops(#{changed := Changed, removed := Removed, before := Before}) ->
    [Function || Module <- Changed ++ Removed, Locals <- [local_calls(gatling_scope:functions(Module, Before))],
                 Function <- maps:keys(Locals), comes_back(Function, maps:get(Function, Locals), Locals, [])].

local_calls(Functions) ->
    maps:from_list([{{Module, Name, Arity}, gatling_code:local_calls(Code)}
                    || {{Name, Arity}, [_ | _] = Code} <- maps:to_list(Functions), {func_info, {atom, Module}, _, _} <- Code]).

comes_back(_Function, [], _Locals, _Seen) -> false;
comes_back(Function, [Function | _], _Locals, _Seen) -> true;
comes_back(Function, [Next | Rest], Locals, Seen) ->
    case lists:member(Next, Seen) of
        true -> comes_back(Function, Rest, Locals, Seen);
        false -> comes_back(Function, maps:get(Next, Locals, []) ++ Rest, Locals, [Next | Seen])
    end.
