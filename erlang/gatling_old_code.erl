%% Purges old code that nothing uses. A module has room for one version beside the current one, and a purge kills what
%% still uses it (Erlang Reference Manual, "Code Replacement").
-module(gatling_old_code).
-export([purge/1, inside/1, inside/2, quiet/2]).

%% Purges the old version of each module that has one. Returns [{Module, Why}] of the versions that are in use and stay.
purge(Modules) ->
    case purge_once(Modules) of
        [] -> [];
        Held ->
            %% An unused closure still counts until its process has collected its garbage.
            lists:keymember(stored, 2, Held) andalso collect_garbage(),
            purge_once([Module || {Module, _} <- Held])
    end.

purge_once(Modules) ->
    Old = [Module || Module <- Modules, erlang:check_old_code(Module)],
    Running = [{Module, {process, gatling_processes:describe(Pid)}} || Module <- Old, {ok, Pid} <- [runner(Module)]],
    Held = Running ++ gatling_closures:kept([Module || Module <- Old, not lists:keymember(Module, 1, Running)]),
    Held ++ [{Module, {process, <<"a process">>}} || Module <- Old, not lists:keymember(Module, 1, Held), not is_purged(Module)].

%% Finds a process that runs a module's old version.
runner(Module) ->
    case [Pid || Pid <- processes(), Pid =/= self(), erlang:check_process_code(Pid, Module) =:= true] of
        [Pid | _] -> {ok, Pid};
        [] -> none
    end.

is_purged(Module) ->
    Done = code:soft_purge(Module),
    Done andalso gatling_closures:forget([Module]),
    Done.

%% Makes all processes collect their garbage at the same time. It waits at most two seconds.
collect_garbage() ->
    Ref = make_ref(),
    Asked = [Pid || Pid <- processes(), Pid =/= self(), erlang:garbage_collect(Pid, [{async, {Ref, Pid}}]) =:= async],
    erlang:garbage_collect(),
    await_garbage(Ref, length(Asked), erlang:monotonic_time(millisecond) + 2000).

await_garbage(_Ref, 0, _End) -> ok;
await_garbage(Ref, Left, End) ->
    receive {garbage_collect, {Ref, _}, _} -> await_garbage(Ref, Left - 1, End)
    after max(0, End - erlang:monotonic_time(millisecond)) -> ok
    end.

%% Returns the processes with these modules or functions on their stack.
inside(Code) ->
    inside(processes() -- [self()], Code).

inside(Pids, Code) ->
    Wanted = maps:from_list([{Item, true} || Item <- Code]),
    %% The default of 8 calls would not show the whole stack of a request.
    Depth = erlang:system_flag(backtrace_depth, 200),
    try
        [Pid || Pid <- Pids, is_inside(Pid, Wanted)]
    after
        erlang:system_flag(backtrace_depth, Depth)
    end.

is_inside(Pid, Wanted) ->
    case process_info(Pid, current_stacktrace) of
        {current_stacktrace, Stack} ->
            lists:any(fun({Module, Name, Arity, _}) -> is_map_key(Module, Wanted) orelse is_map_key({Module, Name, Arity}, Wanted) end, Stack);
        undefined -> false
    end.

%% Waits for a moment in which no process runs these modules, at most Ms. A request that begins in old code and ends in
%% new code can meet a function with another meaning.
quiet(Modules, Ms) ->
    quiet(Modules, erlang:monotonic_time(millisecond) + Ms, inside(Modules)).

quiet(_Modules, _End, []) -> true;
quiet(Modules, End, _Inside) ->
    case erlang:monotonic_time(millisecond) < End of
        false -> false;
        true ->
            receive after 1 -> ok end,
            quiet(Modules, End, inside(Modules))
    end.
