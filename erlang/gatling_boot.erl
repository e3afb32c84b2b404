%% Changes everything in a node that points to a release, except its loaded code: code paths, application
%% specifications, environment variables, and what the node boots when it restarts itself.
-module(gatling_boot).
-export([start_apps/5, switch/1, switch_back/1, settle/1, write_boot/1]).

%% Starts applications that are new to the node, and loads their modules: a release does not load modules on demand.
%% @throws {refused, Findings}.
start_apps([], _Modules, _Release, _Preview, _OnUndo) -> ok;
start_apps(Names, Modules, #{apps := Apps}, #{environment := Environment}, OnUndo) ->
    Specs = [{Name, maps:get(Name, Apps)} || Name <- Names],
    OnUndo(fun() ->
        [begin application:stop(Name), application:unload(Name) end || Name <- lists:reverse(Names)],
        [code:del_path(Name) || Name <- Names]
    end),
    [code:add_pathz(filename:join(Dir, "ebin")) || {_, #{dir := Dir}} <- Specs],
    [must(Name, code:load_abs(filename:rootname(File))) || {Name, File} <- Modules],
    [begin
         must(Name, application:load({application, Name, Properties})),
         [application:set_env(Name, Key, Value) || {Key, Value} <- proplists:get_value(Name, Environment, [])]
     end || {Name, #{properties := Properties}} <- Specs, application:get_key(Name, vsn) =:= undefined],
    Starting = [{Name, Mode} || {Name, #{mode := Mode}} <- Specs, Mode =/= load, Mode =/= none],
    %% A permanent application that fails to start would end the node.
    [must(Name, application:ensure_all_started(Name, temporary)) || {Name, _} <- Starting],
    [must(Name, become(Name, Mode)) || {Name, Mode} <- Starting, Mode =/= temporary],
    ok.

%% Sets the start type of a running application, for which application(3) has no function.
become(Name, Mode) ->
    Started = started(),
    sys:replace_state(application_controller, fun(State) ->
        list_to_tuple([case Item of Started -> lists:keyreplace(Name, 1, Started, {Name, Mode}); _ -> Item end || Item <- tuple_to_list(State)])
    end),
    case lists:member({Name, Mode}, started()) of true -> ok; false -> {error, {not_started_as, Mode}} end.

started() -> proplists:get_value(started, application:info()).

must(_Name, ok) -> ok;
must(_Name, {ok, _}) -> ok;
must(_Name, {module, _}) -> ok;
must(Name, {error, Reason}) ->
    throw({refused, [#{code => child_failed, what => atom_to_binary(Name), detail => gatling_json:exited(Reason)}]}).

%% Makes the node find files in the new release, and applications know their new version. Returns what switch_back/1
%% needs.
switch(#{old := Old, new := New, environment := Variables, static_apps := Static}) ->
    Before = #{release => Old, other => New, static => Static, paths => code:get_path(), variables => [{Name, os:getenv(Name)} || {Name, _} <- Variables]},
    point_to(Old, New, Static),
    set(Variables),
    Before.

switch_back(#{release := Old, other := New, static := Static, paths := Paths, variables := Variables}) ->
    point_to(New, Old, Static),
    true = code:set_path(Paths),
    set(Variables).

set(Variables) ->
    [case Value of false -> os:unsetenv(Name); _ -> os:putenv(Name, Value) end || {Name, Value} <- Variables],
    ok.

point_to(From, To, Static) ->
    #{apps := Apps} = gatling_release:read(maps:get(root, To)),
    [code:replace_path(App, filename:join(Dir, "ebin"))
     || {App, #{dir := Dir}} <- maps:to_list(Apps), not lists:member(App, [kernel, stdlib]), code:lib_dir(App) =/= {error, bad_name}],
    Consolidated = filename:join(maps:get(dir, From), "consolidated"),
    [code:del_path(Path) || Path <- code:get_path(), is_list(Path), plain(Path) =:= Consolidated],
    code:add_patha(filename:join(maps:get(dir, To), "consolidated")),
    renew_applications(Apps),
    tell_of_static_files(Apps, Static).

%% Resolves the `..` of a path: the boot script writes RELEASE_LIB/../releases/....
plain(Path) ->
    re:replace(filename:absname(Path), "/lib/\\.\\./", "/", [{return, list}]).

%% Gives applications their new specifications. Their environment stays as it is.
renew_applications(Apps) ->
    Environment = [{App, application:get_all_env(App)} || {App, _, _} <- application:loaded_applications()],
    Specs = [{application, App, Properties} || {App, #{properties := Properties}} <- maps:to_list(Apps), Properties =/= []],
    application_controller:change_application_data(Specs, Environment).

%% Phoenix reads the names of static files again after config_change/3.
tell_of_static_files(Apps, Static) ->
    [catch Module:config_change([], [], [])
     || App <- Static, #{App := #{properties := Properties}} <- [Apps],
        {Module, _} <- [proplists:get_value(mod, Properties)], erlang:function_exported(Module, config_change, 3)],
    ok.

%% Makes a restart within the VM, System.restart/0, boot the new release.
settle(#{new := #{root := Root, dir := Dir, vsn := Vsn}}) ->
    set([{"RELEASE_ROOT", Root}, {"RELEASE_VSN", Vsn}, {"RELEASE_SYS_CONFIG", filename:join(Dir, "sys")}]),
    init:make_permanent(boot_file(Dir), filename:join(Dir, "sys")).

%% Writes a boot file without variables. The deploy does this before the upgrade, because the node might lack the right
%% to write there.
write_boot(#{root := Root, dir := Dir}) ->
    {ok, Boot} = file:read_file(filename:join(Dir, "start.boot")),
    {script, Id, Commands} = binary_to_term(Boot),
    Script = {script, Id, [case Command of {path, Paths} -> {path, [absolute(Path, Root) || Path <- Paths]}; _ -> Command end || Command <- Commands]},
    gatling_file:write(boot_file(Dir) ++ ".boot", term_to_binary(Script)).

boot_file(Dir) ->
    filename:join(Dir, "gatling").

absolute(Path, Root) ->
    lists:flatten(string:replace(string:replace(Path, "$RELEASE_LIB", Root ++ "/lib"), "$ROOT", Root)).
