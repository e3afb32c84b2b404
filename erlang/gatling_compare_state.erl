%% Compares the state that survives an upgrade: of processes, of open views, and values of structs.
-module(gatling_compare_state).
-export([findings/2, migrating/1]).

findings(Scope, Migrating) ->
    struct_findings(Scope, Migrating) ++ column_findings(Scope) ++ state_findings(Scope, Migrating) ++ view_findings(Scope, Migrating) ++
        one_way_findings(Scope, Migrating).

%% Returns the modules whose processes migrate by code_change: the app wrote that function, and it changed with this
%% release. An unchanged code_change has done its work in an earlier upgrade. On the way down the old module turns the
%% state back (OTP, gen_server:code_change/3).
migrating(#{direction := Direction, near_before := Before, near_later := After} = Scope) ->
    Files = case Direction of up -> After; down -> Before end,
    [Module || Module <- gatling_scope:near(Scope), lists:member(Module, maps:get(changed, Scope)), keeps_state(Module, Scope),
               [] =/= code_changes(Module, Files), gatling_scope:differs([{Module, Name, Arity} || {Name, Arity} <- [{code_change, 3}, {code_change, 4}]], Scope)].

%% Returns the code_change functions that the app wrote itself.
code_changes(Module, Files) ->
    [Function || {{code_change, Arity}, Code} = {Function, _} <- maps:to_list(gatling_scope:functions(Module, Files)), Arity =:= 3 orelse Arity =:= 4,
                 not is_default(Code)].

%% Tells whether the code is that of `use GenServer`: {:ok, state}.
is_default(Code) ->
    case [Instruction || Instruction <- Code, not lists:member(element(1, as_tuple(Instruction)), [label, func_info, test_heap])] of
        [{put_tuple2, {x, 0}, {list, [{atom, ok}, {x, 1}]}}, return] -> true;
        _ -> false
    end.

as_tuple(Tuple) when is_tuple(Tuple) -> Tuple;
as_tuple(Other) -> {Other}.

one_way_findings(#{direction := up}, _Migrating) -> [];
one_way_findings(#{near_before := Before}, Migrating) ->
    [gatling_finding:new(migration_one_way, Module) || Module <- Migrating,
        not lists:any(fun(Function) -> gatling_code:mentions(maps:get(Function, gatling_scope:functions(Module, Before)), down) end, code_changes(Module, Before))].

keeps_state(Module, Scope) -> gatling_scope:has(gatling_scope:servers() ++ gatling_scope:views(), Module, Scope).

state_findings(Scope, Migrating) ->
    [gatling_finding:new(state_changed, Module, gatling_scope:place(Roots, Scope))
     || Module <- gatling_scope:near(Scope), is_process(Module, Scope), not lists:member(Module, Migrating),
        Roots <- [[{Module, init, 1}, {Module, handle_continue, 2}]], gatling_scope:differs(Roots, Scope) orelse lost_states(Module, Scope)].

%% Tells whether a module is a process with a state: it is a server, or it has a child_spec/1 and an init/1.
is_process(Module, Scope) ->
    not gatling_scope:has(gatling_scope:supervisors() ++ gatling_scope:dynamic_supervisors(), Module, Scope) andalso
        (gatling_scope:has(gatling_scope:servers(), Module, Scope) orelse (gatling_scope:exports(Module, {init, 1}, Scope) andalso gatling_scope:exports(Module, {child_spec, 1}, Scope))).

%% Tells whether a gen_statem lost a state. A state is the name of a function, and a process can be in a state that is
%% gone.
lost_states(Module, #{before := Before, later := After} = Scope) ->
    gatling_scope:has([gen_statem], Module, Scope) andalso
        [] =/= [Name || {Name, 3} <- gatling_code:exports(maps:get(Module, Before)) -- gatling_code:exports(maps:get(Module, After))].

view_findings(Scope, Migrating) ->
    [gatling_finding:new(view_changed, Module, gatling_scope:place(Roots, Scope)) || Module <- gatling_scope:near(Scope), Roots <- [view_roots(Module, Scope)], Roots =/= [],
        not (lists:member(Module, Migrating) andalso can_migrate(Module, Scope)), gatling_scope:differs(Roots, Scope)].

view_roots(Module, Scope) ->
    Of = [{['Elixir.Phoenix.LiveView'], [{mount, 3}, {handle_params, 3}]}, {['Elixir.Phoenix.LiveComponent'], [{mount, 1}, {update, 2}]},
          {['Elixir.Phoenix.Channel'], [{join, 3}]}, {['Elixir.Phoenix.Socket'], [{connect, 2}, {connect, 3}]}],
    [{Module, Name, Arity} || {Behaviours, Functions} <- Of, gatling_scope:has(Behaviours, Module, Scope), {Name, Arity} <- Functions] ++
    [{Module, on_mount, 4} || gatling_scope:exports(Module, {on_mount, 4}, Scope)].

can_migrate(Module, Scope) ->
    not gatling_scope:has(['Elixir.Phoenix.LiveView'], Module, Scope) orelse view_can_migrate(Scope).

%% Tells whether views can migrate. LiveView before 1.0.6 damages its own state if a view has a code_change.
view_can_migrate(#{new := #{apps := #{phoenix_live_view := #{vsn := Vsn}}}}) ->
    case [catch list_to_integer(Part) || Part <- string:lexemes(Vsn, ".-")] of
        [Major, Minor, Patch | _] when is_integer(Patch) -> {Major, Minor, Patch} >= {1, 0, 6};
        _ -> false
    end;
view_can_migrate(_) -> false.

%% Finds structs whose keys changed. Their values are in the state of processes, in ETS and in caches. A migration that
%% names the struct can handle them.
struct_findings(#{changed := Changed, near_before := Before, near_later := After}, Migrating) ->
    [gatling_finding:new(struct_changed, Module) || Module <- Changed, Was <- [gatling_scope:functions(Module, Before)], Is <- [gatling_scope:functions(Module, After)],
        is_map_key({'__struct__', 0}, Was), keys(Was) =:= unknown orelse keys(Was) =/= keys(Is),
        maps:get({'__struct__', 0}, Was) =/= maps:get({'__struct__', 0}, Is, none),
        not lists:any(fun(Migrated) -> Migrated =:= Module orelse sees(Migrated, Module, After) end, Migrating)].

keys(Functions) -> gatling_code:struct_keys(Functions).

%% Finds fields whose column changed. Ecto keeps prepared queries in ETS, and notices a changed schema by the names and
%% types of its fields (Ecto.Schema, __schema__(:hash)). If only the column changed, Ecto still uses the old query.
column_findings(#{changed := Changed, near_before := Before, near_later := After}) ->
    [gatling_finding:new(columns_changed, Module, [atom_to_binary(Was), " -> ", atom_to_binary(Is)])
     || Module <- Changed, {Field, Was} <- maps:to_list(gatling_code:columns(gatling_scope:functions(Module, Before))),
        #{Field := Is} <- [gatling_code:columns(gatling_scope:functions(Module, After))], Was =/= Is].

sees(Migrated, Struct, Files) ->
    {Own, _} = gatling_reach:from([{Migrated, code_change, 3}, {Migrated, code_change, 4}], Files),
    gatling_code:mentions(maps:values(Own), Struct).
