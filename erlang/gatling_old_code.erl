%% A module has room for one version beside the current one, and what still uses that one dies when it is purged (Erlang
%% Reference Manual, "Code Replacement"). Nothing is ever purged here that anything still uses.
-module(gatling_old_code).
-export([purge/1, remember/1, forget/1, inside/1, inside/2, quiet/2, probe/0]).

%% Kept as an application's environment: unlike a persistent term it costs no process a garbage collection.
known() -> application:get_env(gatling, closures, #{}).
know(Closures) -> application:set_env(gatling, closures, Closures).

%% Purges the old version of each module that has one, except where it is in use. [{Module, Why}] of those.
purge(Modules) ->
    [{Module, Why} || Module <- Modules, erlang:check_old_code(Module), Why <- [purge_one(Module)], Why =/= purged].

purge_one(Module) ->
    case [Pid || Pid <- processes(), Pid =/= self(), erlang:check_process_code(Pid, Module) =:= true] of
        [Pid | _] -> {process, gatling_processes:describe(Pid)};
        [] ->
            case is_stored(Module) of
                true -> stored;
                false -> case code:soft_purge(Module) of true -> forget([Module]), purged; false -> {process, <<"a process">>} end
            end
    end.

%% A closure kept in ETS or a persistent term is in nobody's heap, but its code must stay all the same. The VM counts who
%% refers to each closure of a module: more than the module itself and the one made here to ask with is somebody else.
is_stored(Module) ->
    {Identity, Lambdas} = maps:get(Module, known(), {none, []}),
    lists:any(fun(Lambda) -> references(closure(Module, Identity, Lambda)) > 2 end, Lambdas).

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

%% The processes that are in the middle of these modules' code, waiting or running.
inside(Modules) ->
    inside(processes() -- [self()], Modules).

inside(Pids, Modules) ->
    Wanted = maps:from_list([{Module, true} || Module <- Modules]),
    %% The usual 8 calls of a stack are not all of a request's.
    Depth = erlang:system_flag(backtrace_depth, 200),
    try
        [Pid || Pid <- Pids, is_inside(Pid, Wanted)]
    after
        erlang:system_flag(backtrace_depth, Depth)
    end.

is_inside(Pid, Wanted) ->
    case process_info(Pid, current_stacktrace) of
        {current_stacktrace, Stack} -> lists:any(fun(Frame) -> is_map_key(element(1, Frame), Wanted) end, Stack);
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

%% Whether is_stored/1 sees what it is relied on to see, on this OTP: tried with the closures of this module.
probe() ->
    {Identity, Lambdas} = gatling_code:lambdas(code:which(?MODULE)),
    Closures = [closure(?MODULE, Identity, Lambda) || Lambda <- Lambdas],
    Before = [references(Closure) || Closure <- Closures],
    Table = ets:new(gatling_probe, []),
    true = ets:insert(Table, {closures, Closures}),
    After = [references(Closure) || Closure <- Closures],
    ets:delete(Table),
    Closures =/= [] andalso lists:all(fun(Count) -> Count >= 2 end, Before) andalso After =:= [Count + 1 || Count <- Before].
