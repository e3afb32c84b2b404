%% A module has room for one version beside the current one, and what still uses that one dies when it is purged (Erlang
%% Reference Manual, "Code Replacement"). Nothing is ever purged here that anything still uses.
-module(gatling_old_code).
-export([purge/1, purge/2, remember/1, forget/1, inside/1, inside/2, quiet/2]).

%% Kept as an application's environment: unlike a persistent term it costs no process a garbage collection.
known() -> application:get_env(gatling, closures, #{}).
know(Closures) -> application:set_env(gatling, closures, Closures).

%% Purges the old version of each module that has one, except where it is in use. [{Module, Why}] of those.
purge(Modules) ->
    case lists:filter(fun erlang:check_old_code/1, Modules) of
        [] -> [];
        Old -> purge(Old, counts_closures())
    end.

purge(Modules, Counts) ->
    case purge_once(Modules, Counts) of
        [] -> [];
        Held ->
            %% A closure that nobody needs any more still counts until its process has collected its garbage.
            lists:keymember(stored, 2, Held) andalso collect_garbage(),
            purge_once([Module || {Module, _} <- Held], Counts)
    end.

purge_once(Modules, Counts) ->
    [{Module, Why} || Module <- Modules, erlang:check_old_code(Module), Why <- [purge_one(Module, Counts)], Why =/= purged].

%% All processes at once; one that is too busy to do it within two seconds is not waited for.
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

purge_one(Module, Counts) ->
    case [Pid || Pid <- processes(), Pid =/= self(), erlang:check_process_code(Pid, Module) =:= true] of
        [Pid | _] -> {process, gatling_processes:describe(Pid)};
        [] ->
            case keeps(Module, Counts) of
                {true, Why} -> Why;
                false -> case code:soft_purge(Module) of true -> forget([Module]), purged; false -> {process, <<"a process">>} end
            end
    end.

%% Since OTP 20 closures do not keep the code they are made of from being purged: called afterwards they fail, wherever they
%% were kept, in the state of a process, ETS or a persistent term. But the VM counts who refers to each: up to OTP 27, and
%% not on OTP 29, where the old version of a module that makes closures is kept for good.
keeps(Module, Counts) ->
    case known() of
        #{Module := {_, []}} -> false;
        #{Module := _} when not Counts -> {true, uncounted};
        #{Module := Closures} ->
            {Unused, UnusedEmpty} = unused(),
            Stored = lists:any(fun({Free, Count}) -> Count > case Free of 0 -> UnusedEmpty; _ -> Unused end end, counted(Module, Closures)),
            Stored andalso {true, stored};
        _ -> {true, stored}
    end.

%% What the VM counts for a closure that nobody keeps, with something in it and with nothing in it.
unused() ->
    Counts = counted(gatling_probe, gatling_code:lambdas(code:which(gatling_probe))),
    {proplists:get_value(1, Counts), proplists:get_value(0, Counts)}.

%% [{Free, Count}]. Asking takes a closure, and that counts until it is collected: so each time another process asks, and
%% the least of three answers is the true one.
counted(Module, {Identity, Lambdas}) ->
    [Counts | More] = [count(Module, Identity, Lambdas) || _ <- [1, 2, 3]],
    lists:foldl(fun(Next, Least) -> [{Free, min(One, Other)} || {{Free, One}, {_, Other}} <- lists:zip(Least, Next)] end, Counts, More).

count(Module, Identity, Lambdas) ->
    {Pid, Ref} = spawn_monitor(fun() -> exit({counts, [{Free, references(closure(Module, Identity, Lambda))} || {_, _, _, Free} = Lambda <- Lambdas]}) end),
    receive {'DOWN', Ref, process, Pid, {counts, Counts}} -> Counts end.

references(Fun) ->
    {refc, Count} = erlang:fun_info(Fun, refc),
    Count.

%% erts External Term Format, NEW_FUN_EXT.
closure(Module, Identity, {Index, OldUniq, Arity, Free}) ->
    Name = atom_to_binary(Module),
    Body = iolist_to_binary([<<Arity, Identity/binary, Index:32, Free:32, 119, (byte_size(Name)), Name/binary>>,
        integer(Index), integer(OldUniq), strip(term_to_binary(self())), lists:duplicate(Free, <<97, 0>>)]),
    binary_to_term(<<131, 112, (byte_size(Body) + 4):32, Body/binary>>).

integer(Number) -> strip(term_to_binary(Number)).
strip(<<131, Term/binary>>) -> Term.

%% Notes the closures of modules that are about to be replaced, [{Module, File}], for purge/1 to ask about.
remember(Modules) ->
    New = maps:from_list([{Module, gatling_code:lambdas(File)} || {Module, File} <- Modules]),
    know(maps:merge(known(), New)).

forget(Modules) ->
    know(maps:without(Modules, known())).

%% The processes that are in the middle of these modules or functions, waiting or running.
inside(Code) ->
    inside(processes() -- [self()], Code).

inside(Pids, Code) ->
    Wanted = maps:from_list([{Item, true} || Item <- Code]),
    %% The usual 8 calls of a stack are not all of a request's.
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

%% Waits for a moment in which nothing is in the middle of these modules, at most so long. A request that begins in old
%% code and ends in new may meet a function that has changed its mind.
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

%% Whether a closure that is kept is seen, on this OTP. A process that has asked counts until the VM has freed it, a moment
%% after it ended: so one answer of five is enough.
counts_closures() ->
    lists:any(fun(_) -> try sees_stored() catch _:_ -> false end end, lists:seq(1, 5)).

sees_stored() ->
    Table = ets:new(gatling_probe, []),
    Lambdas = gatling_code:lambdas(code:which(gatling_probe)),
    Before = counted(gatling_probe, Lambdas),
    true = ets:insert(Table, {closures, gatling_probe:closure(), gatling_probe:closure(kept)}),
    erlang:garbage_collect(),
    After = counted(gatling_probe, Lambdas),
    ets:delete(Table),
    length(Before) =:= 2 andalso After =:= [{Free, Count + 1} || {Free, Count} <- Before].
