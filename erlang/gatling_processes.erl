%% Processes whose module migrates its state: found, suspended, migrated, set back, resumed. Many at once: requests are
%% sent to all of them before the first answer is waited for (sys(3)).
-module(gatling_processes).
-export([of_modules/1, supervisors_of/1, late/2, suspend/2, migrate/3, restore/1, resume/1, describe/1, initial_call/1]).

%% [{Pid, Module}]. init: gen_server and its like; join and mount: Phoenix channels and LiveViews, which hand code_change on
%% to the app's module. A Task answers no system message, so it is none of these whatever its module.
of_modules(Modules) ->
    Wanted = maps:from_list([{Module, true} || Module <- Modules]),
    [{Pid, Module} || Pid <- processes(), Pid =/= self(), {Module, Function, _} <- [initial_call(Pid)],
                      is_map_key(Module, Wanted), Function =:= init orelse Function =:= join orelse Function =:= mount].

%% The supervisors that could start more of them.
supervisors_of(Processes) ->
    lists:usort([Parent || {Pid, _} <- Processes, {dictionary, Dictionary} <- [process_info(Pid, dictionary)],
                           [Ancestor | _] <- [proplists:get_value('$ancestors', Dictionary, [])], Parent <- [pid_of(Ancestor)],
                           is_pid(Parent), is_supervisor(initial_call(Parent))]).

pid_of(Name) when is_atom(Name) -> whereis(Name);
pid_of(Pid) -> Pid.

is_supervisor({supervisor, _, _}) -> true;
is_supervisor({'Elixir.DynamicSupervisor', _, _}) -> true;
is_supervisor(_) -> false.

initial_call(Pid) ->
    case process_info(Pid, dictionary) of
        {dictionary, Dictionary} -> proplists:get_value('$initial_call', Dictionary);
        undefined -> undefined
    end.

%% Those that do not answer in time what costs them nothing: how long their debug log is.
late(Processes, Ms) ->
    [Pid || {Pid, late} <- ask([{Pid, {debug, {log, get}}} || {Pid, _} <- Processes], Ms)].

%% {ok, [{Pid, Module, State}]} with the state of each as it is now, or {busy, Pids} with all of them running as before.
suspend(Processes, Ms) ->
    StateIn = state_in(),
    Answers = ask([{Pid, suspend} || {Pid, _} <- Processes], Ms),
    case [Pid || {Pid, Answer} <- Answers, Answer =/= {answer, ok}, Answer =/= dead] of
        [] ->
            Suspended = [{Pid, Module} || {{Pid, Module}, {_, {answer, ok}}} <- lists:zip(Processes, Answers)],
            States = ask([{Pid, get_state} || {Pid, _} <- Suspended], Ms),
            case [Pid || {Pid, Answer} <- States, not is_state(Answer)] of
                [] -> {ok, [{Pid, Module, StateIn(Answer)} || {{Pid, Module}, {_, {answer, Answer}}} <- lists:zip(Suspended, States)]};
                Strange -> give_up(Processes, Strange)
            end;
        Busy -> give_up(Processes, Busy)
    end.

%% How an answer holds the state: bare on OTP 25, as {ok, State} on OTP 27. sys(3) does not say; sys:get_state/1 takes it apart.
%% So it is learned from a process whose state is known.
state_in() ->
    Known = make_ref(),
    {ok, Pid} = gen_server:start(gatling_probe, Known, []),
    [{Pid, {answer, Answer}}] = ask([{Pid, get_state}], 5000),
    exit(Pid, kill),
    case Answer of
        Known -> fun(State) -> State end;
        {ok, Known} -> fun({ok, State}) -> State end
    end.

%% sys:get_state/1 takes {error, _} for a failure to tell it.
is_state({answer, {error, _}}) -> false;
is_state(late) -> false;
is_state(_) -> true.

%% Resumes even those that have not got the request yet: it stays in their queue, and this is its answer.
give_up(Processes, Busy) ->
    _ = ask([{Pid, resume} || {Pid, _} <- Processes], 0),
    {busy, Busy}.

%% ok, or {failed, Module, Reason} of the first that cannot be migrated. Vsns: what each module's processes come from.
migrate(Suspended, Vsns, Direction) ->
    Answers = ask([{Pid, {change_code, Module, direction(maps:get(Module, Vsns), Direction), []}} || {Pid, Module, _} <- Suspended], 15000),
    case [{failed, Module, reason(Answer)} || {{_, Module, _}, {_, Answer}} <- lists:zip(Suspended, Answers), Answer =/= {answer, ok}, Answer =/= dead] of
        [] -> ok;
        [First | _] -> First
    end.

%% sys:change_code/4 reports a code_change that raised as {'EXIT', {Reason, Stack}}.
reason({answer, {error, {'EXIT', {Reason, [Frame | _]}}}}) -> {Reason, Frame};
reason({answer, {error, Reason}}) -> Reason;
reason({answer, Reason}) -> Reason;
reason(late) -> timeout.

direction(Vsn, up) -> Vsn;
direction(Vsn, down) -> {down, Vsn}.

restore(Suspended) ->
    _ = ask([{Pid, {replace_state, fun(_) -> State end}} || {Pid, _, State} <- Suspended], 5000),
    ok.

resume(Suspended) ->
    _ = ask([{Pid, resume} || {Pid, _, _} <- Suspended], 5000),
    ok.

ask(Requests, Ms) ->
    Pending = maps:from_list([begin Ref = monitor(process, Pid), Pid ! {system, {self(), Ref}, Request}, {Ref, Pid} end || {Pid, Request} <- Requests]),
    Answers = collect(Pending, erlang:monotonic_time(millisecond) + Ms, #{}),
    [{Pid, maps:get(Pid, Answers)} || {Pid, _} <- Requests].

collect(Pending, _, Answers) when map_size(Pending) =:= 0 -> Answers;
collect(Pending, End, Answers) ->
    receive
        {Ref, Answer} when is_map_key(Ref, Pending) ->
            demonitor(Ref, [flush]),
            collect(maps:remove(Ref, Pending), End, Answers#{maps:get(Ref, Pending) => {answer, Answer}});
        {'DOWN', Ref, process, _, _} when is_map_key(Ref, Pending) ->
            collect(maps:remove(Ref, Pending), End, Answers#{maps:get(Ref, Pending) => dead})
    after max(0, End - erlang:monotonic_time(millisecond)) ->
        maps:fold(fun(Ref, Pid, Found) -> demonitor(Ref, [flush]), Found#{Pid => late} end, Answers, Pending)
    end.

%% A process in words: its name, or the function it began with.
describe(Pid) ->
    case process_info(Pid, [registered_name, initial_call]) of
        undefined -> <<"a process that has ended">>;
        [{_, Name}, _] when Name =/= [] -> gatling_json:name(Name);
        [_, {_, Spawned}] ->
            {Module, Function, Arity} = case initial_call(Pid) of undefined -> Spawned; Initial -> Initial end,
            iolist_to_binary(["a process of ", gatling_json:name(Module), $., atom_to_binary(Function), $/, integer_to_list(Arity)])
    end.
