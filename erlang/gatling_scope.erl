%% Finds the modules that a comparison reads: those of this repository, and those of dependencies if they may be
%% upgraded hot.
-module(gatling_scope).
-export([new/4, near/1, differs/2, place/2, has/3, exports/3, functions/2, servers/0, views/0, supervisors/0, dynamic_supervisors/0]).

new(Old, New, #{added := Added, changed := Changed, removed := Removed}, Options) ->
    In = fun(Entries) -> [Module || #{module := Module, app := App} <- Entries, is_looked_into(App, Options)] end,
    Before = files(Old, Options),
    After = files(New, Options),
    Touched = In(Added) ++ In(Changed) ++ In(Removed),
    %% All other modules are the same in both releases, so they reach nothing that matters.
    #{before => Before, later => After, direction => maps:get(direction, Options), new => New,
      changed => In(Changed), removed => In(Removed),
      %% If a whole app is gone, only that is reported.
      dropped => In([Entry || #{app := App} = Entry <- Removed, is_map_key(App, maps:get(apps, New))]),
      near_before => maps:with(gatling_reach:users(Touched, Before), Before),
      near_later => maps:with(gatling_reach:users(Touched, After), After)}.

is_looked_into(App, #{own := Own, dependencies := Dependencies}) ->
    lists:member(App, Own) orelse
        (Dependencies =:= hot andalso App =/= consolidated andalso not gatling_release:is_part_of_otp(App)).

files(Release, Options) ->
    maps:from_list([{Module, element(2, Where)} || {Module, Where} <- maps:to_list(gatling_release:modules(Release)),
                                                   is_looked_into(element(1, Where), Options)]).

%% Returns the modules in both releases that changed, or whose functions can reach a changed module.
near(#{near_before := Before, near_later := After}) ->
    [Module || Module <- lists:sort(maps:keys(After)), is_map_key(Module, Before)].

%% Tells whether these functions, with all that they call, differ between the releases. A missing function counts as
%% empty.
differs(Roots, Scope) ->
    [] =/= differing(Roots, Scope).

%% Returns the functions that differ.
differing(Roots, #{near_before := Before, near_later := After}) ->
    {Was, _} = gatling_reach:from(Roots, Before),
    {Is, _} = gatling_reach:from(Roots, After),
    [Function || Function <- lists:usort(maps:keys(Was) ++ maps:keys(Is)), maps:get(Function, Was, none) =/= maps:get(Function, Is, none)].

%% Names one of these functions. A root says most, so it comes first.
place(Roots, Scope) ->
    Differing = differing(Roots, Scope),
    case [Function || Function <- Roots, lists:member(Function, Differing)] ++ Differing of
        [] -> <<>>;
        [{Module, Name, Arity} | _] ->
            {Written, Of} = gatling_code:parent({Name, Arity}),
            gatling_finding:name({Module, Written, Of})
    end.

has(Behaviours, Module, #{later := After}) ->
    Own = gatling_code:behaviours(maps:get(Module, After)),
    lists:any(fun(Behaviour) -> lists:member(Behaviour, Own) end, Behaviours).

exports(Module, Function, #{later := After}) ->
    lists:member(Function, gatling_code:exports(maps:get(Module, After))).

functions(Module, Files) ->
    case gatling_reach:functions(Module, Files) of none -> #{}; Functions -> Functions end.

%% ---- The behaviours that matter

servers() -> ['Elixir.GenServer', gen_server, gen_statem, gen_event, 'Elixir.GenStage'].
views() -> ['Elixir.Phoenix.LiveView', 'Elixir.Phoenix.LiveComponent', 'Elixir.Phoenix.Channel', 'Elixir.Phoenix.Socket'].
supervisors() -> ['Elixir.Supervisor', supervisor].
dynamic_supervisors() -> ['Elixir.DynamicSupervisor', 'Elixir.PartitionSupervisor'].
