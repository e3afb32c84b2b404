%% Renders open Phoenix LiveViews again, so that browsers show the new code's page without an event.
-module(gatling_views).
-export([refresh/0]).

%% Sends each view the message of the development reloader (Phoenix.LiveView.Channel, phoenix_live_reload), and the view
%% renders itself whole. It first calls the reloader it was mounted with, which does nothing here. There are pauses in
%% between, so that requests are not delayed.
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
        %% The view was closed, or its state has an unknown shape. It shows the new page at its next event.
        _:_ -> false
    end.

%% Marks components as removed. LiveView does not render a component with unchanged assigns, unless it comes back after
%% a removal (Phoenix.LiveView.Diff). Then it renders the component and everything in it.
with_components(#{components := {Components, Ids, Uuids}} = State) ->
    State#{components := {maps:map(fun(_, {_, _, _, Private, _} = One) -> setelement(4, One, Private#{marked_for_deletion => true}) end, Components), Ids, Uuids}};
with_components(State) -> State.
