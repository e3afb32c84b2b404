%% Compares the runtime and the apps of two releases: what comes from the machine, and the dependencies.
-module(gatling_compare_apps).
-export([findings/4, changed/2, another_runtime/2, newer_dependencies/3]).

%% Another Erlang VM or Elixir; or a VM of another OTP than this one, which the engine is compiled for.
another_runtime(#{erts := Erts} = Old, #{erts := Erts} = New) ->
    [gatling_finding:new(erts_elsewhere, Erts, erlang:system_info(version)) || not gatling_release:is_of_this_otp(New)] ++
    [otp_finding(elixir, Old, New) || gatling_release:vsn(elixir, Old) =/= gatling_release:vsn(elixir, New)];
another_runtime(#{erts := Before}, #{erts := After}) -> [gatling_finding:new(erts_changed, "ERTS", [Before, " -> ", After])].

findings(Old, New, Changes, Options) ->
    runtime_findings(Old, New) ++ otp_findings(Old, New, Changes) ++ dependency_findings(Old, New, Changes, Options) ++ spec_findings(Old, New).

runtime_findings(Old, New) ->
    [gatling_finding:new(vm_args_changed, "vm.args") || gatling_release:file(Old, "vm.args") =/= gatling_release:file(New, "vm.args")] ++
    [gatling_finding:new(env_sh_changed, "env.sh") || env_sh(Old) =/= env_sh(New)].

%% Returns the app's own env.sh. In a deployed release Gatling's env.sh has that name.
env_sh(Release) ->
    case gatling_release:file(Release, "env.app.sh") of
        none -> gatling_release:file(Release, "env.sh");
        Own -> Own
    end.

otp_findings(Old, New, #{changed := Changed}) ->
    Apps = [App || App <- gatling_release:in_both(Old, New), gatling_release:is_part_of_otp(App),
                   gatling_release:vsn(App, Old) =/= gatling_release:vsn(App, New) orelse
                       [] =/= [Module || #{module := Module, app := Of, protocol := false} <- Changed, Of =:= App]],
    [otp_finding(App, Old, New) || App <- Apps].

otp_finding(App, Old, New) -> gatling_finding:new(otp_changed, App, versions(App, Old, New)).

versions(App, Old, New) -> [gatling_release:vsn(App, Old), " -> ", gatling_release:vsn(App, New)].

%% Finds changed dependencies. Mix consolidates a dependency's protocol again when the app implements it, but that is a
%% change of the app.
dependency_findings(Old, New, #{added := Added, changed := Changed, removed := Removed}, #{own := Own, dependencies := Dependencies}) ->
    Programs = lists:usort([App || #{app := App, protocol := false} <- Added ++ Changed ++ Removed]),
    Foreign = foreign(Old, New, Own),
    Changing = [App || App <- Foreign, lists:member(App, Programs) orelse gatling_release:vsn(App, Old) =/= gatling_release:vsn(App, New) orelse gatling_compare_files:changed_priv(App, Old, New) =/= []],
    Coming = [App || App <- gatling_release:apps(New), not is_map_key(App, maps:get(apps, Old))],
    [gatling_finding:new(dependency_changed, App, versions(App, Old, New)) || App <- Changing, Dependencies =/= hot] ++
    [gatling_finding:new(dependency_added, App, gatling_release:vsn(App, New)) || App <- Coming, Dependencies =/= hot] ++
    [gatling_finding:new(dependency_removed, App, gatling_release:vsn(App, Old)) || App <- gatling_release:apps(Old), not is_map_key(App, maps:get(apps, New))].

%% The dependencies with another version, where the code of all of them is other code.
newer_dependencies(Old, New, #{own := Own}) ->
    [gatling_finding:new(dependency_changed, App, versions(App, Old, New)) || App <- foreign(Old, New, Own), gatling_release:vsn(App, Old) =/= gatling_release:vsn(App, New)].

foreign(Old, New, Own) ->
    [App || App <- gatling_release:in_both(Old, New), not lists:member(App, Own), not gatling_release:is_part_of_otp(App)].

spec_findings(Old, New) ->
    [gatling_finding:new(app_spec_changed, App, Key) || App <- gatling_release:in_both(Old, New), Key <- [mod, start_phases, included_applications, env],
        lists:sort(listed(property(Key, App, Old))) =/= lists:sort(listed(property(Key, App, New)))] ++
    [gatling_finding:new(app_spec_changed, App, "start type") || App <- gatling_release:in_both(Old, New),
        maps:get(mode, gatling_release:app(App, Old)) =/= maps:get(mode, gatling_release:app(App, New))].

listed(List) when is_list(List) -> List;
listed(Other) -> [Other].

property(Key, App, Release) -> proplists:get_value(Key, maps:get(properties, gatling_release:app(App, Release)), []).

%% Returns the apps with another version.
changed(Old, New) ->
    [App || App <- gatling_release:in_both(Old, New), gatling_release:vsn(App, Old) =/= gatling_release:vsn(App, New)].
