%% Finds closures that the old version of a module has made. Since OTP 20 a closure does not protect its code from a
%% purge, and a call of it fails after that. So a purge asks here first. VMs report closures differently, so this module
%% makes some itself to see what the VM reports. OTP 25 counts all. OTP 26 does not count closures without an
%% environment (erlang/otp#6963). OTP 27 does not count those that processes keep (erlang/otp#7948), so gatling_keepers
%% looks through the processes. OTP 29 counts none.
-module(gatling_closures).
-export([remember/1, forget/1, kept/1, kept/2]).

%% ---- which closures there can be

%% They are in an application's environment. A change of a persistent term would make processes collect garbage.
known() -> application:get_env(gatling, closures, #{}).
know(Closures) -> application:set_env(gatling, closures, Closures).

%% Notes the closures of modules that are about to be replaced, [{Module, File}], for a later kept/1.
remember(Modules) ->
    New = maps:from_list([{Module, gatling_code:lambdas(File)} || {Module, File} <- Modules]),
    know(maps:merge(known(), New)).

forget(Modules) ->
    know(maps:without(Modules, known())).

%% ---- which of them are kept

%% Returns [{Module, Why}] of the modules with a closure of their old version that is kept, or might be.
kept(Modules) ->
    case [Module || Module <- Modules, not is_without(Module)] of
        [] -> [];
        Making -> kept(Making, told())
    end.

is_without(Module) -> case known() of #{Module := {_, []}} -> true; _ -> false end.

kept(Modules, Told) ->
    Known = [{Module, Closures} || Module <- Modules, #{Module := Closures} <- [known()]],
    [{Module, stored} || Module <- Modules, not lists:keymember(Module, 1, Known)] ++
        case Told of
            nothing -> [{Module, uncounted} || {Module, _} <- Known];
            all -> stored(Known);
            outside_processes ->
                Stored = stored(Known),
                Stored ++ gatling_keepers:of_closures([One || {Module, _} = One <- Known, not lists:keymember(Module, 1, Stored)])
        end.

stored(Known) ->
    {Unused, UnusedEmpty} = unused(),
    [{Module, stored} || {Module, Closures} <- Known,
        lists:any(fun({Free, Count}) -> Count > case Free of 0 -> UnusedEmpty; _ -> Unused end end, counted(Module, Closures))].

%% Returns what the VM counts for a closure that nobody keeps, with and without an environment. Too high a count would
%% hide a kept closure. So this is the least of several counts, and between them the VM has time to free the process
%% that asked.
unused() ->
    Counts = [begin receive after 2 -> ok end, counted(gatling_probe, probe()) end || _ <- lists:seq(1, 5)],
    Least = fun(Free) -> lists:min([proplists:get_value(Free, Each) || Each <- Counts]) end,
    {Least(1), Least(0)}.

%% Returns [{Free, Count}]. A count needs a closure itself, which counts until it is collected. So each time another
%% process asks, and the least of three answers is the true one.
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

%% ---- what the VM reports

%% Finds out which closures this VM counts. A process that asked counts until the VM frees it, a moment after its end.
%% So one good answer of five is enough.
told() ->
    Sees = fun(Keep) -> lists:any(fun(_) -> try is_counted(Keep) catch _:_ -> false end end, lists:seq(1, 5)) end,
    case Sees(fun in_table/1) of
        false -> nothing;
        true ->
            case Sees(fun in_process/1) of
                true -> all;
                false -> case try are_found() catch _:_ -> false end of true -> outside_processes; false -> nothing end
            end
    end.

probe() -> gatling_code:lambdas(code:which(gatling_probe)).

is_counted(Keep) ->
    Before = counted(gatling_probe, probe()),
    After = Keep(fun() -> erlang:garbage_collect(), counted(gatling_probe, probe()) end),
    length(Before) =:= 2 andalso After =:= [{Free, Count + 1} || {Free, Count} <- Before].

in_table(Look) ->
    Table = ets:new(gatling_probe, []),
    true = ets:insert(Table, {closures, gatling_probe:closure(), gatling_probe:closure(kept)}),
    Answer = Look(),
    ets:delete(Table),
    Answer.

in_process(Look) -> in_process(fun() -> [gatling_probe:closure(), gatling_probe:closure(kept)] end, fun(_) -> Look() end).

in_process(Make, Look) ->
    Self = self(),
    {Pid, Ref} = spawn_monitor(fun() -> Kept = Make(), Self ! {ready, self()}, receive stop -> Kept end end),
    receive {ready, Pid} -> ok end,
    Answer = Look(Pid),
    Pid ! stop,
    receive {'DOWN', Ref, process, Pid, _} -> Answer end.

%% Checks that gatling_keepers finds each kind of closure. It tries each kind separately, because one would hide the
%% other, and only in a process of its own.
are_found() ->
    Found = fun(Make) -> in_process(Make, fun(Pid) -> gatling_keepers:of_closures([{gatling_probe, probe()}], [Pid]) =/= [] end) end,
    not Found(fun() -> nothing end) andalso Found(fun gatling_probe:closure/0) andalso Found(fun() -> gatling_probe:closure(kept) end).
