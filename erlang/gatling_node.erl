%% What is done inside the running node: it is taken from the release it runs to another one.
%%
%%   check    can it be done, as far as the node itself can tell; changes nothing
%%   install  the new code runs; nothing is let go of yet
%%   watch    what has gone wrong since
%%   revert   back to the old code, with the state as it was before
%%   commit   the old code is let go of; from now on the node is one of the new release
%%
%% A process of its own does all of it and stays until it is told to commit or revert. When the deploy dies before that, it
%% does what the link `current` says.
-module(gatling_node).
-export([check/1, install/1, watch/0, revert/1, commit/0]).

%% ---- check

check(OrdersFile) ->
    Orders = orders(OrdersFile),
    gatling_json:answer(try check_orders(Orders) catch Class:Reason:Stack -> broken(Class, Reason, Stack) end).

%% What differs between the releases, and what is so of this deploy only.
orders(File) ->
    {ok, [Changes, Deploy]} = file:consult(File),
    maps:merge(Changes, Deploy).

check_orders(#{migrating := Migrating} = Orders) ->
    Changing = changing(Orders),
    Held = gatling_old_code:purge(Changing),
    #{release => unicode:characters_to_binary(os:getenv("RELEASE_ROOT", "")),
      generation => application:get_env(gatling, generation, 0),
      pending => whereis(?MODULE) =/= undefined,
      otp => list_to_binary(erlang:system_info(otp_release)),
      findings => unsupported() ++ drifted(Orders) ++ held(Held) ++ looping(Orders),
      processes => [#{module => gatling_json:name(Module), count => length([1 || {_, Of} <- Found, Of =:= Module])}
                    || Found <- [gatling_processes:of_modules(Migrating)], Module <- Migrating]}.

broken(Class, Reason, Stack) ->
    #{failed => gatling_json:text({Class, Reason, lists:sublist(Stack, 4)})}.

finding(Code, What, Detail) ->
    #{code => Code, what => gatling_json:name(What), detail => gatling_json:text(Detail)}.

changing(#{changed := Changed, removed := Removed, added := Added}) ->
    [Module || #{module := Module} <- Changed ++ Removed ++ Added].

%% Everything an upgrade relies on beyond what OTP promises is tried first.
unsupported() ->
    Relied = [
        {"code:prepare_loading/1", fun() -> erlang:function_exported(code, prepare_loading, 1) andalso erlang:function_exported(code, finish_loading, 1) end},
        {"init:make_permanent/2", fun() -> erlang:function_exported(init, make_permanent, 2) end},
        {"application_controller:change_application_data/2", fun() -> erlang:function_exported(application_controller, change_application_data, 2) end},
        {"suspending and migrating a process", fun gatling_probe:works/0},
        {"giving a supervisor new children", fun gatling_tree:probe/0}
    ],
    [finding(unsupported, list_to_binary(What), list_to_binary(["OTP ", erlang:system_info(otp_release)]))
     || {What, Works} <- Relied, (try Works() catch _:_ -> false end) =/= true].

%% What runs must be what is on disk: somebody may have loaded other code into this node.
drifted(#{old := #{root := Root}, changed := Changed, removed := Removed, added := Added}) ->
    [finding(node_differs, list_to_binary(Running), <<"it runs another release">>) || Running <- [os:getenv("RELEASE_ROOT", "")], Running =/= Root] ++
    [finding(node_differs, Module, <<"it runs other code than its release">>)
     || #{module := Module, old := File} <- Changed ++ Removed, Loaded <- [loaded(Module)], Loaded =/= none, Loaded =/= md5(File)] ++
    [finding(node_differs, Module, <<"it is loaded already">>) || #{module := Module} <- Added, loaded(Module) =/= none].

loaded(Module) ->
    case erlang:module_loaded(Module) of true -> erlang:get_module_info(Module, md5); false -> none end.

md5(File) ->
    code:module_md5(gatling_code:read(File)).

held(Held) ->
    [case Why of
         {process, Process} -> finding(old_code_used, Module, Process);
         stored -> finding(closure_stored, Module, <<>>);
         uncounted -> finding(closure_uncounted, Module, list_to_binary(["Erlang/OTP ", erlang:system_info(otp_release)]))
     end || {Module, Why} <- Held].

%% A child with a loop of its own (a Task, a receive) never leaves the code it was started with.
looping(#{own := Own, loops := Loops}) ->
    Children = [Pid || {_, Pid} <- gatling_tree:children(Own), is_pid(Pid)],
    [finding(loop, gatling_processes:describe(Pid), <<>>) || Pid <- still_inside(Children, Loops, 20)].

%% A call takes a moment; a loop stays.
still_inside(_Pids, [], _Times) -> [];
still_inside(Pids, Loops, Times) ->
    case gatling_old_code:inside(Pids, Loops) of
        [] -> [];
        Inside when Times =:= 0 -> Inside;
        Inside ->
            receive after 10 -> ok end,
            still_inside(Inside, Loops, Times - 1)
    end.

%% ---- install

%% Answers when the new code runs, or when nothing was changed. Who asks may die: it goes on.
install(OrdersFile) ->
    Orders = orders(OrdersFile),
    Asker = self(),
    {Pid, Ref} = spawn_monitor(fun() -> begin_upgrade(Orders, Asker) end),
    Answer = receive
        {Pid, Installed} -> demonitor(Ref, [flush]), Installed;
        {'DOWN', Ref, _, _, Reason} -> refusal(crashed, Reason)
    end,
    gatling_json:answer(Answer).

refusal(Code, What) ->
    #{ok => false, findings => [finding(Code, What, <<>>)]}.

begin_upgrade(Orders, Asker) ->
    case catch register(?MODULE, self()) of
        true ->
            put(undo, []),
            try install_orders(Orders) of
                {Done, Answer} ->
                    Asker ! {self(), Answer},
                    wait(Orders, Done)
            catch
                throw:{refused, Findings} -> undo(), Asker ! {self(), #{ok => false, findings => Findings}};
                Class:Reason:Stack -> undo(), Asker ! {self(), refusal(crashed, gatling_json:text({Class, Reason, lists:sublist(Stack, 4)}))}
            end;
        _ -> Asker ! {self(), refusal(busy, <<"another upgrade is under way in this node">>)}
    end.

on_undo(Undo) -> put(undo, [Undo | get(undo)]).

undo() ->
    [catch Undo() || Undo <- get(undo)],
    put(undo, []).

%% Up to the swap every step can be taken back, and is when one fails.
install_orders(#{own := Own, added := Added, changed := Changed, new := New, new_apps := NewApps, migrating := Migrating, direction := Direction} = Orders) ->
    Began = now_us(),
    Changing = changing(Orders),
    refuse(drifted(Orders) ++ held(gatling_old_code:purge(Changing))),
    {OfNewApps, OfOldApps} = lists:partition(fun(#{app := App}) -> lists:member(App, NewApps) end, Added),
    PreparedNew = prepare([{Module, File} || #{module := Module, new := File} <- Changed]),
    PreparedOld = prepare([{Module, File} || #{module := Module, old := File} <- Changed, loaded(Module) =/= none]),
    Unloaded = [Module || #{module := Module} <- Added ++ Changed, loaded(Module) =:= none],
    on_undo(fun() -> unload(Unloaded) end),
    finish(prepare([{Module, File} || #{module := Module, new := File} <- OfOldApps])),
    {Before, After} = previews(Orders),
    gatling_boot:start_apps(NewApps, [{Module, File} || #{module := Module, new := File} <- OfNewApps], New, After, fun on_undo/1),
    gatling_closures:remember([{Module, File} || #{module := Module, old := File} <- Changed]),
    Started = start_children(Before, After),
    _ = gatling_old_code:quiet([Module || #{module := Module} <- Changed], 250),
    process_flag(priority, high),
    Vsns = maps:from_list([{Module, gatling_code:vsn(case Direction of up -> Old; down -> File end)}
                           || #{module := Module, old := Old, new := File} <- Changed, lists:member(Module, Migrating)]),
    Paused = now_us(),
    Suspended = swap(Direction, Migrating, Vsns, PreparedNew, PreparedOld, Changed),
    PausedUs = now_us() - Paused,
    process_flag(priority, normal),
    on_undo(fun() -> bring_back(Suspended, PreparedOld, Changed, true) end),
    Done = #{suspended => Suspended, prepared_old => PreparedOld, before => gatling_boot:switch(Orders), watching => gatling_watch:start(Own, Changing, length(Suspended))},
    refresh_views(Orders),
    %% From here on the way back is revert_orders/2, which does not force it.
    put(undo, tl(get(undo))),
    {Done, #{ok => true, findings => [], migrated => length(Suspended), started => Started,
             pausedMs => PausedUs / 1000, tookMs => (now_us() - Began) / 1000}}.

%% In a process of its own: there may be thousands.
refresh_views(#{refresh := true, changed := [_ | _]}) -> spawn(fun gatling_views:refresh/0);
refresh_views(_) -> none.

now_us() -> erlang:monotonic_time(microsecond).

refuse([]) -> ok;
refuse(Findings) -> throw({refused, Findings}).

%% What the preview found in the release that runs, and in the new one.
previews(#{preview := none}) ->
    {#{trees => [], environment => []}, #{trees => [], environment => []}};
previews(#{preview_before := Before, preview := After}) ->
    {binary_to_term(gatling_code:read(Before)), binary_to_term(gatling_code:read(After))}.

prepare([]) -> none;
prepare(Modules) ->
    case code:prepare_loading([{Module, File, gatling_code:read(File)} || {Module, File} <- Modules]) of
        {ok, Prepared} -> Prepared;
        {error, Reasons} -> throw({refused, [finding(broken, Module, Reason) || {Module, Reason} <- Reasons]})
    end.

finish(none) -> ok;
finish(Prepared) ->
    case code:finish_loading(Prepared) of
        ok -> ok;
        {error, Reasons} -> throw({refused, [finding(broken, Module, Reason) || {Module, Reason} <- Reasons]})
    end.

unload(Modules) ->
    [begin code:delete(Module), code:soft_purge(Module) end || Module <- Modules, erlang:module_loaded(Module)].

start_children(Before, After) ->
    try gatling_tree:start_children(Before, After, fun on_undo/1)
    catch
        throw:{children_differ, Ids} -> throw({refused, [finding(children_changed, Id, <<>>) || Id <- Ids]});
        throw:{child_failed, Id, Reason} -> throw({refused, [finding(child_failed, Id, gatling_json:exited(Reason))]})
    end.

%% All changed modules become current in one step, while the processes that migrate wait. Returns these, with the state
%% they had. Their supervisors wait, too: a process that is started in between would have old state in new code.
swap(_Direction, [], _Vsns, PreparedNew, _PreparedOld, _Changed) ->
    finish(PreparedNew),
    [];
swap(Direction, Migrating, Vsns, PreparedNew, PreparedOld, Changed) ->
    %% Nobody shall be kept waiting on account of a process that would not answer anyway.
    refuse_busy(gatling_processes:late(gatling_processes:of_modules(Migrating), 5000)),
    Starters = suspend([{Pid, supervisor} || Pid <- gatling_processes:supervisors_of(gatling_processes:of_modules(Migrating))]),
    try
        Suspended = suspend(gatling_processes:of_modules(Migrating)),
        try
            swap_suspended(Direction, Migrating, Suspended, Vsns, PreparedNew, PreparedOld, Changed),
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
    refuse([finding(process_busy, gatling_processes:describe(Pid), <<>>) || Pid <- lists:sublist(Pids, 3)]).

%% Upwards the new module migrates the state. Downwards the module that leaves turns it back first.
swap_suspended(up, Migrating, Suspended, Vsns, PreparedNew, PreparedOld, Changed) ->
    finish(PreparedNew),
    Back = fun(Finding) ->
        load_old(PreparedOld, Changed, true),
        gatling_processes:restore(Suspended),
        refuse([Finding])
    end,
    case {strays(Migrating, Suspended), gatling_processes:migrate(Suspended, Vsns, up)} of
        {[], ok} -> ok;
        {_, {failed, Module, Reason}} -> Back(migration_failed(Module, Reason));
        {[Pid | _], ok} -> Back(finding(process_busy, gatling_processes:describe(Pid), <<>>))
    end;
swap_suspended(down, Migrating, Suspended, Vsns, PreparedNew, _PreparedOld, _Changed) ->
    case {strays(Migrating, Suspended), gatling_processes:migrate(Suspended, Vsns, down)} of
        {[], ok} -> finish(PreparedNew);
        {_, {failed, Module, Reason}} -> gatling_processes:restore(Suspended), refuse([migration_failed(Module, Reason)]);
        {[Pid | _], ok} -> gatling_processes:restore(Suspended), refuse([finding(process_busy, gatling_processes:describe(Pid), <<>>)])
    end.

migration_failed(Module, {Reason, {_, _, _, _} = Frame}) ->
    finding(migration_failed, Module, gatling_json:raised(Reason, Frame));
migration_failed(Module, Reason) ->
    finding(migration_failed, Module, Reason).

%% Processes of these modules that are not among the suspended.
strays(Modules, Suspended) ->
    [Pid || {Pid, _} <- gatling_processes:of_modules(Modules), not lists:keymember(Pid, 1, Suspended)].

%% The code of before, and the state of before in the processes that had migrated.
bring_back(Suspended, PreparedOld, Changed, Force) ->
    {ok, Again} = gatling_processes:suspend([{Pid, Module} || {Pid, Module, _} <- Suspended], 5000),
    try
        load_old(PreparedOld, Changed, Force),
        gatling_processes:restore(Suspended)
    after
        gatling_processes:resume(Again)
    end.

%% Back to the code of before. What is in the middle of that code keeps it from being loaded again, and is waited for; in
%% the middle of a swap there is no waiting for ever.
load_old(PreparedOld, Changed, Force) ->
    Modules = [Module || #{module := Module} <- Changed],
    Held = purged_within(Modules, 1000),
    case {Held, Force} of
        {[], _} -> ok;
        {_, true} -> [code:purge(Module) || Module <- Held];
        {_, false} -> throw({held, Held})
    end,
    finish(PreparedOld).

%% Closures need no waiting: the same code, loaded again, is theirs again.
purged_within(Modules, Ms) ->
    case [Module || Module <- Modules, not code:soft_purge(Module)] of
        [] -> [];
        Held when Ms =< 0 -> Held;
        Held ->
            receive after 20 -> ok end,
            purged_within(Held, Ms - 20)
    end.

%% ---- watch, revert, commit

wait(#{owner := Owner} = Orders, Done) ->
    receive
        {watch, From} -> From ! {self(), gatling_watch:report(maps:get(watching, Done))}, wait(Orders, Done);
        {commit, From} -> From ! {self(), commit_orders(Orders, Done)};
        {revert, From} -> From ! {self(), revert_orders(Orders, Done)}
    after 1000 ->
        case {is_alive(Owner), is_current(Orders)} of
            {true, _} -> wait(Orders, Done);
            {false, true} -> commit_orders(Orders, Done);
            {false, false} -> revert_orders(Orders, Done)
        end
    end.

%% The deploy's process, told apart from a later one of its number by when it was started (proc(5), field 22 of stat).
is_alive({Pid, Started}) ->
    case file:read_file("/proc/" ++ Pid ++ "/stat") of
        {ok, Stat} ->
            [_, Fields] = string:split(Stat, ") ", trailing),
            [State | _] = Words = string:lexemes(Fields, " "),
            State =/= <<"Z">> andalso binary_to_list(lists:nth(20, Words)) =:= Started;
        {error, _} -> false
    end.

is_current(#{current := Link, release := Release}) ->
    case file:read_link(Link) of
        {ok, Target} -> filename:basename(Target) =:= Release;
        _ -> false
    end.

watch() -> tell(watch, fun nothing/0).
commit() -> tell(commit, fun nothing/0).

%% Nothing is left to do when the upgrade was refused, and nobody was there to hear it.
revert(From) ->
    tell(revert, fun() -> case os:getenv("RELEASE_ROOT") of From -> #{ok => true, findings => []}; _ -> nothing() end end).

nothing() -> #{ok => false, findings => [finding(idle, <<"no upgrade">>, <<>>)]}.

tell(What, Idle) ->
    gatling_json:answer(case whereis(?MODULE) of
        undefined -> Idle();
        Pid ->
            Ref = monitor(process, Pid),
            Pid ! {What, self()},
            receive
                {Pid, Answer} ->
                    %% Gone before anybody loads this code anew.
                    What =:= watch orelse receive {'DOWN', Ref, _, _, _} -> ok after 5000 -> ok end,
                    demonitor(Ref, [flush]),
                    Answer;
                {'DOWN', Ref, _, _, Gone} when Gone =:= normal; Gone =:= noproc -> Idle();
                {'DOWN', Ref, _, _, Reason} -> refusal(crashed, Reason)
            end
    end).

%% Nothing here can fail the upgrade any more: it is live. What cannot be let go of now is at the next one.
commit_orders(#{removed := Removed} = Orders, #{watching := Watching}) ->
    gatling_watch:stop(Watching),
    {Before, After} = previews(Orders),
    Kept = lists:append([
        attempt(fun() -> gatling_boot:settle(Orders) end),
        attempt(fun() -> gatling_tree:stop_children(Before, After) end),
        attempt(fun() -> gatling_tree:renew(Before, After, changing(Orders)) end)
    ]),
    application:set_env(gatling, generation, application:get_env(gatling, generation, 0) + 1),
    gatling_closures:remember([{Module, File} || #{module := Module, old := File} <- Removed]),
    [code:delete(Module) || #{module := Module} <- Removed, erlang:module_loaded(Module), not erlang:check_old_code(Module)],
    Held = gatling_old_code:purge(changing(Orders)),
    #{ok => true, findings => Kept ++ held(Held)}.

attempt(Work) ->
    try Work(), [] catch Class:Reason -> [finding(left_over, gatling_json:text({Class, Reason}), <<>>)] end.

%% Exactly back: the code of before, and every migrated process with the state it had. A process of a migrated module that
%% was started since has no such state; then this is refused, and the app is better swapped.
revert_orders(#{changed := Changed, migrating := Migrating} = Orders, #{watching := Watching, suspended := Suspended, before := Before, prepared_old := PreparedOld}) ->
    gatling_watch:stop(Watching),
    try
        [] = strays(Migrating, Suspended),
        bring_back(Suspended, PreparedOld, Changed, false),
        gatling_closures:remember([{Module, File} || #{module := Module, new := File} <- Changed]),
        gatling_boot:switch_back(Before),
        undo(),
        refresh_views(Orders),
        #{ok => true, findings => []}
    catch
        Class:Reason -> #{ok => false, findings => [finding(cannot_revert, gatling_json:text({Class, Reason}), <<>>)]}
    end.
