%% Makes new code take over, and goes back.
-module(gatling_takeover).
-export([forth/6, back/4, strays/2]).

%% Makes all changed modules current in one step, while the processes that migrate are suspended. Returns these
%% processes with their old state. Their supervisors are suspended, too: a process that started in between would have
%% old state in new code.
forth(_Direction, [], _Vsns, PreparedNew, _PreparedOld, _Changed) ->
    gatling_load:finish(PreparedNew),
    [];
forth(Direction, Migrating, Vsns, PreparedNew, PreparedOld, Changed) ->
    %% A process that would not answer is refused here, before any process is suspended.
    refuse_busy(gatling_processes:late(gatling_processes:of_modules(Migrating), 5000)),
    Starters = suspend([{Pid, supervisor} || Pid <- gatling_processes:supervisors_of(gatling_processes:of_modules(Migrating))]),
    try
        Suspended = suspend(gatling_processes:of_modules(Migrating)),
        try
            forth_suspended(Direction, Migrating, Suspended, Vsns, PreparedNew, PreparedOld, Changed),
            Suspended
        after
            gatling_processes:resume(Suspended)
        end
    after
        gatling_processes:resume(Starters)
    end.

suspend(Processes) ->
    case gatling_processes:suspend(Processes, 2000) of
        {ok, Suspended} -> Suspended;
        {busy, Pids} -> refuse_busy(Pids)
    end.

refuse_busy(Pids) ->
    gatling_finding:refuse([gatling_finding:of_terms(process_busy, gatling_processes:describe(Pid), <<>>) || Pid <- lists:sublist(Pids, 3)]).

%% On the way up, the new module migrates the state. On the way down, the old module turns it back first.
forth_suspended(up, Migrating, Suspended, Vsns, PreparedNew, PreparedOld, Changed) ->
    gatling_load:finish(PreparedNew),
    Back = fun(Finding) ->
        gatling_load:finish_old(PreparedOld, Changed, true),
        gatling_processes:restore(Suspended),
        gatling_finding:refuse([Finding])
    end,
    case {strays(Migrating, Suspended), gatling_processes:migrate(Suspended, Vsns, up)} of
        {[], ok} -> ok;
        {_, {failed, Module, Reason}} -> Back(migration_failed(Module, Reason));
        {[Pid | _], ok} -> Back(gatling_finding:of_terms(process_busy, gatling_processes:describe(Pid), <<>>))
    end;
forth_suspended(down, Migrating, Suspended, Vsns, PreparedNew, _PreparedOld, _Changed) ->
    case {strays(Migrating, Suspended), gatling_processes:migrate(Suspended, Vsns, down)} of
        {[], ok} -> gatling_load:finish(PreparedNew);
        {_, {failed, Module, Reason}} -> gatling_processes:restore(Suspended), gatling_finding:refuse([migration_failed(Module, Reason)]);
        {[Pid | _], ok} -> gatling_processes:restore(Suspended), gatling_finding:refuse([gatling_finding:of_terms(process_busy, gatling_processes:describe(Pid), <<>>)])
    end.

migration_failed(Module, {Reason, {_, _, _, _} = Frame}) ->
    gatling_finding:of_terms(migration_failed, Module, gatling_json:raised(Reason, Frame));
migration_failed(Module, Reason) ->
    gatling_finding:of_terms(migration_failed, Module, Reason).

%% Returns the processes of these modules that are not suspended.
strays(Modules, Suspended) ->
    [Pid || {Pid, _} <- gatling_processes:of_modules(Modules), not lists:keymember(Pid, 1, Suspended)].

%% Brings back the old code, and the old state of the processes that had migrated.
back(Suspended, PreparedOld, Changed, Force) ->
    {ok, Again} = gatling_processes:suspend([{Pid, Module} || {Pid, Module, _} <- Suspended], 5000),
    try
        gatling_load:finish_old(PreparedOld, Changed, Force),
        gatling_processes:restore(Suspended)
    after
        gatling_processes:resume(Again)
    end.
