%% Finds, suspends, migrates, sets back and resumes processes whose module migrates its state. It sends requests to all
%% of them before it waits for the first answer (sys(3)).
-module(gatling_processes).
-export([of_modules/1, supervisors_of/1, late/2, suspend/2, migrate/3, restore/1, resume/1, describe/1, initial_call/1]).

%% Returns [{Pid, Module}] by the first call of each process. `init`: gen_server and similar behaviours. `join` and
%% `mount`: Phoenix channels and LiveViews, which pass code_change to the app's module. A Task does not answer system
%% messages, so it is never among them.
of_modules(Modules) ->
    Wanted = maps:from_list([{Module, true} || Module <- Modules]),
    [{Pid, Module} || Pid <- processes(), Pid =/= self(), {Module, Function, _} <- [initial_call(Pid)],
                      is_map_key(Module, Wanted), Function =:= init orelse Function =:= join orelse Function =:= mount].

%% Returns the supervisors that could start more of these processes.
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

%% Returns the processes that do not answer a cheap question in time: the content of their debug log.
late(Processes, Ms) ->
    [Pid || {Pid, late} <- ask([{Pid, {debug, {log, get}}} || {Pid, _} <- Processes], Ms)].

%% Suspends processes. Returns {ok, [{Pid, Module, State}]} with the present state of each, or {busy, Pids}, and then
%% all run as before.
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

%% Returns a function that takes the state out of an answer: the answer is State on OTP 25, and {ok, State} on OTP 27.
%% sys(3) does not document this, and sys:get_state/1 hides it. So it is learned from a process whose state is known.
state_in() ->
    Known = make_ref(),
    {ok, Pid} = gen_server:start(gatling_probe, Known, []),
    [{Pid, {answer, Answer}}] = ask([{Pid, get_state}], 5000),
    exit(Pid, kill),
    case Answer of
        Known -> fun(State) -> State end;
        {ok, Known} -> fun({ok, State}) -> State end
    end.

%% Tells whether an answer is a state. For sys:get_state/1, {error, _} is a failure.
is_state({answer, {error, _}}) -> false;
is_state(late) -> false;
is_state(_) -> true.

%% Resumes all processes. The request to suspend can still be in a busy process's queue, and this one follows it.
give_up(Processes, Busy) ->
    _ = ask([{Pid, resume} || {Pid, _} <- Processes], 0),
    {busy, Busy}.

%% Migrates processes. Returns ok, or {failed, Module, Reason} of the first failure. Vsns: the version that each
%% module's processes come from.
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

%% Describes a process by its name, or by the function it began with.
describe(Pid) ->
    case process_info(Pid, [registered_name, initial_call]) of
        undefined -> <<"a process that has ended">>;
        [{_, Name}, _] when Name =/= [] -> gatling_json:name(Name);
        [_, {_, Spawned}] ->
            {Module, Function, Arity} = case initial_call(Pid) of undefined -> Spawned; Initial -> Initial end,
            iolist_to_binary(["a process of ", gatling_json:name(Module), $., atom_to_binary(Function), $/, integer_to_list(Arity)])
    end.
