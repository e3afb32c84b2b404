%% Runs in a new VM, `bin/<release> eval`, with the environment of the running instance. It works out the configuration
%% of every app, and which children Application.start/2 would start. It starts nothing, and calls only functions that
%% just build a list of children.
-module(gatling_preview).
-export([main/3, supervise/2]).

%% Writes the preview to File, and answers with the differences from Other, the preview of the old release.
main(Own, File, Other) ->
    Release = gatling_release:read(os:getenv("RELEASE_ROOT")),
    #{apps := Apps} = Release,
    [application:load(App) || App <- maps:keys(Apps)],
    Environment = [{App, lists:sort(application:get_all_env(App))} || App <- lists:sort(maps:keys(Apps))],
    put(files, own_files(Release, Own)),
    replace_supervisor(),
    Trees = lists:append([tree(App, maps:get(properties, maps:get(App, Apps))) || App <- Own, is_map_key(App, Apps)]),
    Preview = #{environment => Environment, trees => Trees},
    gatling_file:replace(File, 8#600, term_to_binary(Preview)),
    case Other of
        none -> gatling_json:answer(#{});
        _ ->
            {ok, Before} = file:read_file(Other),
            gatling_json:answer(gatling_tree:differences(binary_to_term(Before), Preview))
    end.

own_files(Release, Own) ->
    maps:from_list([{Module, element(2, Where)} || {Module, Where} <- maps:to_list(gatling_release:modules(Release)), lists:member(element(1, Where), Own)]).

%% Returns [{[App | Path], Module, Flags, Specs | unknown}] of the supervisor that an app starts, and of the app's
%% supervisors below it.
tree(App, Properties) ->
    case proplists:get_value(mod, Properties) of
        {Module, Argument} ->
            case gatling_reach:pure([{Module, start, 2}], get(files)) of
                true -> collect([App], fun() -> Module:start(normal, Argument) end);
                {false, _} -> [{[App], Module, unknown, unknown}]
            end;
        _ -> []
    end.

%% Returns what `Start` would supervise. A supervisor that does not start through supervisor(3) is unknown.
collect(Path, Start) ->
    Outer = {get(path), get(found)},
    put(path, Path),
    put(found, []),
    _ = try Start() catch _:_ -> failed end,
    Found = case get(found) of [] -> [{Path, none, unknown, unknown}]; Some -> lists:append(Some) end,
    {OuterPath, OuterFound} = Outer,
    put(path, OuterPath),
    put(found, OuterFound),
    Found.

%% Replaces supervisor:start_link/2,3.
supervise(Module, Argument) ->
    Path = get(path),
    Found = case Module =:= 'Elixir.Supervisor.Default' orelse gatling_reach:pure([{Module, init, 1}], get(files)) of
        true ->
            case Module:init(Argument) of
                {ok, {Flags, Specs}} ->
                    Children = [gatling_tree:child(Spec) || Spec <- Specs],
                    [{Path, Module, Flags, [Child#{shape => gatling_tree:shape(Child, fun closure/1)} || Child <- Children]}
                     | lists:append([below(Path, Child) || Child <- Children])];
                _ -> [{Path, Module, unknown, unknown}]
            end;
        {false, _} -> [{Path, Module, unknown, unknown}]
    end,
    put(found, [Found | get(found)]),
    {ok, self()}.

%% Describes a closure by its code, because its value differs in every version of its module.
closure(Fun) ->
    {module, Module} = erlang:fun_info(Fun, module),
    {name, Name} = erlang:fun_info(Fun, name),
    {arity, Arity} = erlang:fun_info(Fun, arity),
    {env, Environment} = erlang:fun_info(Fun, env),
    case gatling_reach:functions(Module, get(files)) of
        none -> {closure, Module, Environment};
        Functions -> {closure, Module, Environment, erlang:md5(term_to_binary(maps:get({Name, Arity + length(Environment)}, Functions, none)))}
    end.

below(Path, #{id := Id, type := supervisor, start := {Module, Function, Arguments}}) ->
    case is_map_key(Module, get(files)) andalso is_supervisor(Module) andalso gatling_reach:pure([{Module, Function, length(Arguments)}], get(files)) of
        false -> [];
        true -> collect(Path ++ [Id], fun() -> apply(Module, Function, Arguments) end);
        {false, _} -> [{Path ++ [Id], Module, unknown, unknown}]
    end;
below(_Path, _Child) -> [].

is_supervisor(Module) ->
    Behaviours = gatling_code:behaviours(maps:get(Module, get(files))),
    lists:member('Elixir.Supervisor', Behaviours) orelse lists:member(supervisor, Behaviours).

%% Replaces the module supervisor. This VM ends soon, so the supervisors that run in it no longer need it.
replace_supervisor() ->
    Source = ["-module(supervisor).", "-export([start_link/2, start_link/3]).",
              "start_link(Module, Argument) -> gatling_preview:supervise(Module, Argument).",
              "start_link(_Name, Module, Argument) -> gatling_preview:supervise(Module, Argument)."],
    {ok, supervisor, Binary} = compile:forms([form(Line) || Line <- Source], []),
    true = code:unstick_mod(supervisor),
    {module, supervisor} = code:load_binary(supervisor, "supervisor", Binary).

form(Line) ->
    {ok, Tokens, _} = erl_scan:string(Line),
    {ok, Form} = erl_parse:parse_form(Tokens),
    Form.
