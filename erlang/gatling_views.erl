%% Renders open Phoenix LiveViews again, so that browsers show the new code's page without an event.
-module(gatling_views).
-export([refresh/0]).

%% Asks for what the development reloader asks for (Phoenix.LiveView.Channel, phoenix_live_reload): a view renders itself
%% whole. It first calls the reloader it was mounted with; here that does nothing. Not all at once, so that they do not
%% crowd out requests.
refresh() ->
    Views = [Pid || Pid <- processes(), {_, mount, 3} <- [gatling_processes:initial_call(Pid)]],
    length([Pid || Pid <- Views, refresh(Pid)]).

refresh(Pid) ->
    try
        sys:replace_state(Pid, fun(#{socket := #{private := Private} = Socket} = State) ->
            with_components(State#{socket := Socket#{private := Private#{phoenix_reloader => {erlang, is_atom, []}}}})
        end, 1000),
        Pid ! {phoenix_live_reload, <<"gatling">>, <<>>},
        receive after 1 -> true end
    catch
        %% Closed meanwhile, or no LiveView of a shape that is known: it shows what is new at its next event.
        _:_ -> false
    end.

%% A component that is given what it had before is not rendered, except one that comes back from being removed
%% (Phoenix.LiveView.Diff): that one is rendered whole, and what is in it.
with_components(#{components := {Components, Ids, Uuids}} = State) ->
    State#{components := {maps:map(fun(_, {_, _, _, Private, _} = One) -> setelement(4, One, Private#{marked_for_deletion => true}) end, Components), Ids, Uuids}};
with_components(State) -> State.
