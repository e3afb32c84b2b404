%% Upgrades the running node: install, then revert or commit. Until the new code runs, an upgrade can also be undone.
-module(gatling_upgrade).
-export([install/1, revert/2, commit/2, undo/0]).

%% Installs the new code. If a step fails before the new code takes over, the caller undoes all steps.
install(#{own := Own, added := Added, changed := Changed, new := New, new_apps := NewApps, migrating := Migrating, direction := Direction} = Orders) ->
    put(undo, []),
    Began = now_us(),
    Changing = gatling_check:changing(Orders),
    gatling_finding:refuse(gatling_check:drifted(Orders) ++ gatling_check:held(gatling_old_code:purge(Changing))),
    {OfNewApps, OfOldApps} = lists:partition(fun(#{app := App}) -> lists:member(App, NewApps) end, Added),
    PreparedNew = gatling_load:prepare([{Module, File} || #{module := Module, new := File} <- Changed]),
    PreparedOld = gatling_load:prepare([{Module, File} || #{module := Module, old := File} <- Changed, gatling_load:loaded(Module) =/= none]),
    Unloaded = [Module || #{module := Module} <- Added ++ Changed, gatling_load:loaded(Module) =:= none],
    on_undo(fun() -> gatling_load:unload(Unloaded) end),
    gatling_load:finish(gatling_load:prepare([{Module, File} || #{module := Module, new := File} <- OfOldApps])),
    {Before, After} = previews(Orders),
    gatling_boot:start_apps(NewApps, [{Module, File} || #{module := Module, new := File} <- OfNewApps], New, After, fun on_undo/1),
    gatling_closures:remember([{Module, File} || #{module := Module, old := File} <- Changed]),
    Started = start_children(Before, After),
    _ = gatling_old_code:quiet([Module || #{module := Module} <- Changed], 250),
    process_flag(priority, high),
    Vsns = maps:from_list([{Module, gatling_code:vsn(case Direction of up -> Old; down -> File end)}
                           || #{module := Module, old := Old, new := File} <- Changed, lists:member(Module, Migrating)]),
    Paused = now_us(),
    Suspended = gatling_takeover:forth(Direction, Migrating, Vsns, PreparedNew, PreparedOld, Changed),
    PausedUs = now_us() - Paused,
    process_flag(priority, normal),
    on_undo(fun() -> gatling_takeover:back(Suspended, PreparedOld, Changed, true) end),
    Done = #{suspended => Suspended, prepared_old => PreparedOld, before => gatling_boot:switch(Orders), watching => gatling_watch:start(Own, Changing, length(Suspended))},
    refresh_views(Orders),
    %% From here on the way back is revert/2, which kills no process.
    put(undo, tl(get(undo))),
    {Done, #{ok => true, findings => [], migrated => length(Suspended), started => Started,
             pausedMs => PausedUs / 1000, tookMs => (now_us() - Began) / 1000}}.

on_undo(Undo) -> put(undo, [Undo | get(undo)]).

undo() ->
    [catch Undo() || Undo <- get(undo)],
    put(undo, []).

%% Reads the previews of the running release and of the new one.
previews(#{preview := none}) ->
    {#{trees => [], environment => []}, #{trees => [], environment => []}};
previews(#{preview_before := Before, preview := After}) ->
    {binary_to_term(gatling_code:read(Before)), binary_to_term(gatling_code:read(After))}.

start_children(Before, After) ->
    try gatling_tree:start_children(Before, After, fun on_undo/1)
    catch
        throw:{children_differ, Ids} -> gatling_finding:refuse([gatling_finding:of_terms(children_changed, Id, <<>>) || Id <- Ids]);
        throw:{child_failed, Id, Reason} -> gatling_finding:refuse([gatling_finding:of_terms(child_failed, Id, gatling_json:exited(Reason))])
    end.

%% Renders open views again, in a new process, because there can be thousands.
refresh_views(#{refresh := true, changed := [_ | _]}) -> spawn(fun gatling_views:refresh/0);
refresh_views(_) -> none.

now_us() -> erlang:monotonic_time(microsecond).

%% Brings back the old code, and the old state of every migrated process, exactly. A process of a migrated module that
%% started since has no old state. Then this is refused, and a swap is better.
revert(#{changed := Changed, migrating := Migrating} = Orders, #{watching := Watching, suspended := Suspended, before := Before, prepared_old := PreparedOld}) ->
    gatling_watch:stop(Watching),
    try
        [] = gatling_takeover:strays(Migrating, Suspended),
        gatling_takeover:back(Suspended, PreparedOld, Changed, false),
        gatling_closures:remember([{Module, File} || #{module := Module, new := File} <- Changed]),
        gatling_boot:switch_back(Before),
        undo(),
        refresh_views(Orders),
        #{ok => true, findings => []}
    catch
        Class:Reason -> #{ok => false, findings => [gatling_finding:of_terms(cannot_revert, gatling_json:text({Class, Reason}), <<>>)]}
    end.

%% Removes the old code. The upgrade is live, so it can no longer fail. Code that cannot be removed now is removed at
%% the next upgrade.
commit(#{removed := Removed} = Orders, #{watching := Watching}) ->
    gatling_watch:stop(Watching),
    {Before, After} = previews(Orders),
    Kept = lists:append([
        attempt(fun() -> gatling_boot:settle(Orders) end),
        attempt(fun() -> gatling_tree:stop_children(Before, After) end),
        attempt(fun() -> gatling_tree:renew(Before, After, gatling_check:changing(Orders)) end)
    ]),
    application:set_env(gatling, generation, application:get_env(gatling, generation, 0) + 1),
    gatling_closures:remember([{Module, File} || #{module := Module, old := File} <- Removed]),
    [code:delete(Module) || #{module := Module} <- Removed, erlang:module_loaded(Module), not erlang:check_old_code(Module)],
    Held = gatling_old_code:purge(gatling_check:changing(Orders)),
    #{ok => true, findings => Kept ++ gatling_check:held(Held)}.

attempt(Work) ->
    try Work(), [] catch Class:Reason -> [gatling_finding:of_terms(left_over, gatling_json:text({Class, Reason}), <<>>)] end.
