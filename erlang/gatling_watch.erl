%% Watches a new version inside the node: children that die, and crashes in code that changed.
-module(gatling_watch).
-export([start/3, report/1, stop/1, log/2]).

%% Starts the watch. Apps: the apps whose supervised processes are watched. Modules: a crash counts if one of these is
%% in its stack. Migrated: how many processes run with migrated state.
start(Apps, Modules, Migrated) ->
    Crashes = ets:new(gatling_crashes, [public, ordered_set]),
    Config = #{table => Crashes, modules => maps:from_list([{Module, true} || Module <- Modules])},
    _ = logger:remove_handler(?MODULE),
    ok = logger:add_handler(?MODULE, ?MODULE, #{level => error, config => Config}),
    #{apps => Apps, children => gatling_tree:children(Apps), crashes => Crashes, migrated => Migrated}.

%% Returns #{restarted => [the children that died since], crashes => [the first 20], processes => how many there are
%% now, migrated => how many run with migrated state}. Whether these have run since is unknown: the reductions of a
%% process grow even if somebody only looks at it.
report(#{apps := Apps, children := Children, crashes := Crashes, migrated := Migrated}) ->
    Now = gatling_tree:children(Apps),
    #{ok => true,
      restarted => [gatling_tree:path(Path) || {Path, Pid} <- Children, is_pid(Pid), {_, Is} <- [lists:keyfind(Path, 1, Now)], Is =/= Pid, Is =/= undefined],
      crashes => lists:sublist([Text || {_, Text} <- ets:tab2list(Crashes)], 20),
      processes => erlang:system_info(process_count),
      migrated => Migrated}.

stop(#{crashes := Crashes}) ->
    _ = logger:remove_handler(?MODULE),
    catch ets:delete(Crashes),
    ok.

%% Handles a log event (logger(3)), in the process that crashes. Elixir puts the reason in crash_reason.
log(Event, #{config := #{table := Table, modules := Modules}}) ->
    case stack(Event) of
        {Reason, Stack} when is_list(Stack) ->
            case [Frame || {Module, _, _, _} = Frame <- Stack, is_map_key(Module, Modules)] of
                [Frame | _] ->
                    catch ets:insert(Table, {erlang:unique_integer([monotonic]), gatling_json:raised(Reason, Frame)}),
                    ok;
                _ -> ok
            end;
        _ -> ok
    end.

stack(#{meta := #{crash_reason := {Reason, Stack}}}) when is_list(Stack) -> {Reason, Stack};
stack(#{msg := {report, #{label := {proc_lib, crash}, report := [Info | _]}}}) ->
    case proplists:get_value(error_info, Info) of {_, Reason, Stack} -> {Reason, Stack}; _ -> none end;
stack(#{msg := {report, #{reason := {Reason, Stack}}}}) when is_list(Stack) -> {Reason, Stack};
stack(#{msg := {_Format, Arguments}}) when is_list(Arguments) ->
    %% A spawned process without a behaviour logs "Error in process ~p ... with exit value".
    case [Found || {_, Stack} = Found <- Arguments, is_list(Stack)] of [Found | _] -> Found; [] -> none end;
stack(_) -> none.
