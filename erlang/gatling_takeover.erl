%% The moment at which new code takes over: all changed modules become current in one step, while the processes that migrate
%% wait. And the way back.
-module(gatling_takeover).
-export([forth/6, back/4, strays/2]).

%% All changed modules become current in one step, while the processes that migrate wait. Returns these, with the state
%% they had. Their supervisors wait, too: a process that is started in between would have old state in new code.
forth(_Direction, [], _Vsns, PreparedNew, _PreparedOld, _Changed) ->
    gatling_load:finish(PreparedNew),
    [];
forth(Direction, Migrating, Vsns, PreparedNew, PreparedOld, Changed) ->
    %% Nobody waits because of a process that would not answer anyway.
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

%% Upwards the new module migrates the state. Downwards the module that leaves turns it back first.
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

%% Processes of these modules that are not among the suspended.
strays(Modules, Suspended) ->
    [Pid || {Pid, _} <- gatling_processes:of_modules(Modules), not lists:keymember(Pid, 1, Suspended)].

%% The code of before, and the state of before in the processes that had migrated.
back(Suspended, PreparedOld, Changed, Force) ->
    {ok, Again} = gatling_processes:suspend([{Pid, Module} || {Pid, Module, _} <- Suspended], 5000),
    try
        gatling_load:finish_old(PreparedOld, Changed, Force),
        gatling_processes:restore(Suspended)
    after
        gatling_processes:resume(Again)
    end.
