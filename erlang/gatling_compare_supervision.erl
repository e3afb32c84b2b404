%% Compares supervision in two releases. The preview knows the children; this module only finds out whether they can
%% have changed.
-module(gatling_compare_supervision).
-export([findings/1, mixing/1, changed_supervisors/1, changed_starts/1, needs_preview/4]).

findings(Scope) ->
    identity_findings(Scope) ++ endpoint_findings(Scope) ++ dynamic_supervisor_findings(Scope).

endpoint_findings(Scope) ->
    [gatling_finding:new(endpoint_changed, Module) || Module <- gatling_scope:near(Scope), gatling_scope:has(['Elixir.Phoenix.Endpoint'], Module, Scope),
        gatling_scope:differs([{Module, '__sockets__', 0}, {Module, init, 2}], Scope)].

%% Finds processes that the new release would start, name or supervise in another way than the running ones. An
%% Ecto.Repo asks its init/2 for the configuration when it starts.
identity_findings(Scope = #{near_later := After}) ->
    [gatling_finding:new(process_changed, Module) || Module <- gatling_scope:near(Scope), gatling_scope:exports(Module, {child_spec, 1}, Scope),
        not gatling_scope:has(['Elixir.Phoenix.Endpoint'], Module, Scope),
        gatling_scope:differs([{Module, child_spec, 1}, {Module, init, 2} | [{Module, start_link, Arity} || {start_link, Arity} <- maps:keys(gatling_scope:functions(Module, After))]], Scope)].

dynamic_supervisor_findings(Scope) ->
    [gatling_finding:new(supervisor_changed, Module) || Module <- gatling_scope:near(Scope), gatling_scope:has(gatling_scope:dynamic_supervisors(), Module, Scope), gatling_scope:differs([{Module, init, 1}], Scope)].

changed_supervisors(Scope) ->
    [Module || Module <- gatling_scope:near(Scope), gatling_scope:has(gatling_scope:supervisors(), Module, Scope), gatling_scope:differs([{Module, init, 1}], Scope)].

%% Returns each app whose Application.start/2 changed, and whether that function only builds a list of children.
changed_starts(Scope = #{later := After}) ->
    [#{app => gatling_finding:name(Module), pure => gatling_reach:pure([{Module, start, 2}], After) =:= true, detail => doubt(gatling_reach:pure([{Module, start, 2}], After))}
     || Module <- gatling_scope:near(Scope), gatling_scope:has(['Elixir.Application', application], Module, Scope), gatling_scope:differs([{Module, start, 2}], Scope)].

doubt(true) -> <<>>;
doubt({false, Function}) -> gatling_finding:name(Function).

%% Returns the modules of processes that would call old code when they start: a new child starts before the code is
%% replaced.
mixing(#{before := Before, near_later := After, changed := Changed} = Scope) ->
    [Module || Module <- lists:sort(maps:keys(After)), gatling_scope:exports(Module, {child_spec, 1}, Scope),
        {Own, _} <- [gatling_reach:from([{Module, Name, Arity} || {Name, Arity} <- maps:keys(gatling_scope:functions(Module, After)), lists:member(Name, [child_spec, start_link, init, handle_continue])], After)],
        lists:any(fun({{Of, Name, Arity}, Code}) ->
            lists:member(Of, Changed) andalso maps:get({Name, Arity}, gatling_scope:functions(Of, Before), none) =/= Code
        end, maps:to_list(Own))].

%% Tells whether a preview could find differences. It cannot if the same code makes the configuration of the same files,
%% and nothing that lists children changed.
needs_preview(Old, New, #{added := Added, changed := Changed, removed := Removed}, Scope) ->
    gatling_release:apps(Old) =/= gatling_release:apps(New) orelse
        config_files(Old) =/= config_files(New) orelse
        mentions_one_of([Module || #{module := Module} <- Added ++ Changed ++ Removed], config_files(New)) orelse
        [] =/= changed_supervisors(Scope) orelse [] =/= changed_starts(Scope) orelse [] =/= identity_findings(Scope) orelse
        lists:any(fun(Module) -> gatling_scope:has(['Elixir.Application', application | gatling_scope:supervisors()], Module, Scope) end,
                  [Module || Module <- maps:get(changed, Scope), is_map_key(Module, maps:get(later, Scope))]).

%% Returns the configuration files, without the version of the release: sys.config contains the path of runtime.exs.
config_files(#{vsn := Vsn} = Release) ->
    Place = list_to_binary(["/releases/", Vsn, "/"]),
    [case gatling_release:file(Release, File) of
         none -> none;
         Content -> binary:replace(Content, Place, <<"/releases/VSN/">>, [global])
     end || File <- ["sys.config", "runtime.exs"]].

mentions_one_of(_Modules, [_, none]) -> false;
mentions_one_of([], _) -> false;
mentions_one_of(Modules, [_, Runtime]) ->
    binary:match(Runtime, [gatling_finding:name(Module) || Module <- Modules]) =/= nomatch.
