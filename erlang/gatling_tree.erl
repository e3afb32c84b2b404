%% Compares the supervision trees of two previews, and changes a running tree from one to the other. Every process that
%% stays lives on.
-module(gatling_tree).
-export([child/1, differences/2, start_children/3, stop_children/2, renew/3, probe/0, children/1, path/1, shape/2]).

%% Returns a child specification as a map with its defaults (supervisor(3)), even if it is one of Erlang's older tuples.
child({Id, Start, Restart, Shutdown, Type, Modules}) ->
    #{id => Id, start => Start, restart => Restart, shutdown => Shutdown, type => Type, modules => Modules};
child(#{id := Id, start := Start} = Spec) ->
    Type = maps:get(type, Spec, worker),
    Shutdown = case Type of worker -> 5000; supervisor -> infinity end,
    maps:merge(#{id => Id, start => Start, restart => permanent, shutdown => Shutdown, type => Type, modules => [element(1, Start)]}, Spec).

%% ---- Between two previews

differences(#{environment := OldEnvironment, trees := OldTrees}, #{environment := NewEnvironment, trees := NewTrees}) ->
    #{config => config(OldEnvironment, NewEnvironment),
      supervisors => lists:append([supervisor_change(Tree, OldTrees) || Tree <- NewTrees]),
      %% Modules of supervisors that are known in both previews.
      known => lists:usort([gatling_json:name(Module) || {Path, Module, _, New} <- NewTrees, New =/= unknown,
                                            {OldPath, _, _, Old} <- OldTrees, OldPath =:= Path, Old =/= unknown]),
      unknown => lists:usort([path(Path) || {Path, _, _, unknown} <- NewTrees ++ OldTrees])}.

%% Returns the keys whose evaluated values differ, of the apps that are in both releases.
config(Old, New) ->
    [#{app => atom_to_binary(App), key => gatling_json:key(Key)}
     || {App, Values} <- New, {OldApp, OldValues} <- Old, OldApp =:= App,
        Key <- lists:usort([Key || {Key, _} <- Values ++ OldValues]), not is_noise(App, Key),
        shape(proplists:lookup(Key, Values)) =/= shape(proplists:lookup(Key, OldValues))].

is_noise(elixir, config_provider_init) -> true;
is_noise(elixir, config_provider_booted) -> true;
is_noise(_, _) -> false.

supervisor_change({_, _, _, unknown}, _) -> [];
supervisor_change({Path, Module, Flags, New}, OldTrees) ->
    case lists:keyfind(Path, 1, OldTrees) of
        {_, _, _, unknown} -> [];
        {_, Module, OldFlags, Old} ->
            Change = #{
                path => path(Path), module => gatling_json:name(Module),
                added => [gatling_json:name(Id) || Id <- ids(New) -- ids(Old)],
                modules => [gatling_json:name(Started) || Id <- ids(New) -- ids(Old), #{start := {Started, _, _}} <- [find(Id, New)]],
                removed => [gatling_json:name(Id) || Id <- ids(Old) -- ids(New)],
                closures => [gatling_json:name(Id) || Id <- ids(New) -- ids(Old), makes_closure(maps:get(start, find(Id, New)))],
                changed => [gatling_json:name(Id) || #{id := Id, shape := Shape} <- New, #{shape := Was} <- [find(Id, Old)], Was =/= Shape],
                flags => flags(OldFlags) =/= flags(Flags)
            },
            [Change || Change =/= Change#{added := [], removed := [], changed := [], flags := false}];
        {_, _, _, _} -> [#{path => path(Path), module => gatling_json:name(Module), added => [], modules => [], closures => [], removed => [], changed => [], flags => true}];
        %% Its parent already reports it as added.
        false -> []
    end.

ids(Children) -> [Id || #{id := Id} <- Children].

find(Id, Children) ->
    case [Child || #{id := Other} = Child <- Children, Other =:= Id] of [Child | _] -> Child; [] -> none end.

flags({Strategy, Intensity, Period}) -> #{strategy => Strategy, intensity => Intensity, period => Period};
flags(Flags) -> maps:merge(#{strategy => one_for_one, intensity => 1, period => 5}, Flags).

path([App | Ids]) -> iolist_to_binary(lists:join(" / ", [atom_to_binary(App) | [gatling_json:name(Id) || Id <- Ids]])).

%% Returns a term in which all closures, processes and references are equal, because every VM makes its own.
shape(Term) -> shape(Term, fun(_) -> closure end).

shape(Fun, Closure) when is_function(Fun) ->
    case erlang:fun_info(Fun, type) of {type, external} -> Fun; {type, local} -> Closure(Fun) end;
shape(Pid, _) when is_pid(Pid); is_reference(Pid); is_port(Pid) -> process;
shape(Tuple, Closure) when is_tuple(Tuple) -> list_to_tuple(shape(tuple_to_list(Tuple), Closure));
shape([Head | Tail], Closure) -> [shape(Head, Closure) | shape(Tail, Closure)];
shape(Map, Closure) when is_map(Map) -> maps:from_list([{shape(Key, Closure), shape(Value, Closure)} || {Key, Value} <- maps:to_list(Map)]);
shape(Other, _) -> Other.

makes_closure(Term) ->
    shape(Term, fun(_) -> closure end) =/= Term.

%% ---- In the running node

%% Finds the supervisor at a path: the one that its app started, a child of that, and so on.
supervisor_at([App | Ids]) ->
    {Top, _} = application_master:get_child(application_controller:get_master(App)),
    lists:foldl(fun(Id, Supervisor) ->
        {Id, Pid, _, _} = lists:keyfind(Id, 1, supervisor:which_children(Supervisor)),
        Pid
    end, Top, Ids).

%% Returns [{Path, Pid}] of every process that these apps supervise by name. It leaves out those of dynamic supervisors.
children(Apps) ->
    lists:append([try {Top, _} = application_master:get_child(application_controller:get_master(App)), below([App], Top) catch _:_ -> [] end || App <- Apps]).

below(Path, Supervisor) ->
    lists:append([[{Path ++ [Id], Pid} | case is_supervisor(Type, Pid) of true -> below(Path ++ [Id], Pid); false -> [] end]
                  || {Id, Pid, Type, _} <- supervisor:which_children(Supervisor), Id =/= undefined]).

is_supervisor(supervisor, Pid) when is_pid(Pid) ->
    case gatling_processes:initial_call(Pid) of {supervisor, _, _} -> true; _ -> false end;
is_supervisor(_, _) -> false.

%% Returns the running supervisors that are in both previews: [{Pid, Module, Flags, Old, New}]. A new supervisor was
%% started with its children.
running(#{trees := OldTrees}, #{trees := NewTrees}) ->
    [{Supervisor, Module, Flags, Old, New}
     || {Path, Module, Flags, New} <- lists:sort(NewTrees), New =/= unknown,
        {OldPath, _, _, Old} <- OldTrees, OldPath =:= Path, Old =/= unknown,
        Supervisor <- [catch supervisor_at(Path)], is_pid(Supervisor)].

%% Starts the children that only the new release has. Other missing children ended by themselves, or the app stopped
%% them. Undo gets a function that takes back each start.
%% @throws {children_differ, Ids} if a child that stays was started in another way, {child_failed, Id, Reason}.
start_children(Before, After, Undo) ->
    lists:append([start_added(Supervisor, Old, New, Undo) || {Supervisor, _, _, Old, New} <- running(Before, After)]).

start_added(Supervisor, Old, New, Undo) ->
    Running = [Id || {Id, _, _, _} <- supervisor:which_children(Supervisor)],
    Differ = [Id || Id <- Running, Is <- [find(Id, New)], Is =/= none,
                    {ok, Was} <- [supervisor:get_childspec(Supervisor, Id)], shape(maps:get(start, Was)) =/= shape(maps:get(start, Is))],
    Differ =:= [] orelse throw({children_differ, [gatling_json:name(Id) || Id <- Differ]}),
    [begin
         case supervisor:start_child(Supervisor, maps:remove(shape, Child)) of
             {ok, _} -> ok;
             {ok, _, _} -> ok;
             Error -> throw({child_failed, gatling_json:name(Id), Error})
         end,
         Undo(fun() -> remove(Supervisor, Id) end),
         gatling_json:name(Id)
     end || #{id := Id} = Child <- New, not lists:member(Id, ids(Old))].

%% Stops the children that only the old release has.
stop_children(Before, After) ->
    lists:append([[begin remove(Supervisor, Id), gatling_json:name(Id) end || Id <- ids(Old) -- ids(New)] || {Supervisor, _, _, Old, New} <- running(Before, After)]).

remove(Supervisor, Id) ->
    _ = supervisor:terminate_child(Supervisor, Id),
    supervisor:delete_child(Supervisor, Id).

%% Gives every supervisor its new specifications: their order, and closures of the new code. Every process stays, and
%% later starts use the new specifications. A supervisor made of a list (Supervisor.start_link/2) keeps the list in its
%% state. A supervisor with a module is asked again, by code_change.
renew(Before, After, Modules) ->
    [renew_supervisor(Supervisor, Module, Flags, New)
     || {Supervisor, Module, Flags, _, New} <- running(Before, After),
        Module =:= 'Elixir.Supervisor.Default' orelse lists:member(Module, Modules)],
    ok.

renew_supervisor(Supervisor, Module, Flags, Children) ->
    ok = sys:suspend(Supervisor, 5000),
    try
        Module =/= 'Elixir.Supervisor.Default' orelse
            sys:replace_state(Supervisor, fun(State) -> setelement(tuple_size(State), State, {ok, {Flags, [maps:remove(shape, Child) || Child <- Children]}}) end, 5000),
        ok = sys:change_code(Supervisor, Module, undefined, [], 5000)
    after
        sys:resume(Supervisor, 5000)
    end.

%% Tells whether renew/3 works on this OTP. It tries that on a new supervisor.
probe() ->
    Spec = fun(Id, Shutdown) -> #{id => Id, start => {gatling_probe, start_link, []}, shutdown => Shutdown} end,
    {ok, Supervisor} = supervisor:start_link('Elixir.Supervisor.Default', {ok, {#{}, [Spec(one, 1000)]}}),
    true = unlink(Supervisor),
    try
        [{one, Before, _, _}] = supervisor:which_children(Supervisor),
        renew_supervisor(Supervisor, 'Elixir.Supervisor.Default', #{}, [Spec(one, 2000)]),
        [{one, After, _, _}] = supervisor:which_children(Supervisor),
        {ok, #{shutdown := Shutdown}} = supervisor:get_childspec(Supervisor, one),
        Before =:= After andalso Shutdown =:= 2000
    after
        Ref = monitor(process, Supervisor),
        exit(Supervisor, shutdown),
        receive {'DOWN', Ref, _, _, _} -> ok after 2000 -> ok end
    end.
