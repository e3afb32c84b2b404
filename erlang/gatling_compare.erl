%% Compares two releases on disk: what changed, and everything that speaks against taking a running node from one to the
%% other. Starts nothing, and trusts no version number.
%%   erl ... -s gatling_compare main -extra old=DIR new=DIR same=FILE own=APP,APP direction=up|down dependencies=hot|swap changes=FILE
%% `same` names the modules whose files are the same in both, a path in the release a line. Answers with the findings; what
%% gatling_node needs to know of it is written to the file `changes`.
-module(gatling_compare).
-export([main/0]).

main() ->
    Options = maps:from_list([option(string:split(Argument, "=")) || Argument <- init:get_plain_arguments()]),
    #{old := Old, new := New, changes := File} = Options,
    Release = gatling_release:read(New),
    {Answer, Changes} = compare(gatling_release:read(Old), Release, Options),
    ok = file:write_file(File, unicode:characters_to_binary(io_lib:format("~tp.~n", [Changes]))),
    gatling_boot:write_boot(Release),
    gatling_json:answer(Answer),
    halt(0).

option(["same", File]) ->
    {ok, Lines} = file:read_file(File),
    {same, maps:from_list([{Path, same} || Path <- binary:split(Lines, <<"\n">>, [global])])};
option(["own", Apps]) -> {own, [list_to_atom(App) || App <- string:lexemes(Apps, ",")]};
option(["direction", Direction]) -> {direction, list_to_atom(Direction)};
option(["dependencies", Mode]) -> {dependencies, list_to_atom(Mode)};
option([Key, Value]) -> {list_to_atom(Key), Value}.

compare(Old, New, Options) ->
    Changes = #{added := Added, changed := Changed, removed := Removed} = gatling_release:changes(Old, New, maps:get(same, Options)),
    {Seen, Migrating, Loops} = case broken_findings(Changes) of
        [] ->
            try look_into(Old, New, Changes, Options)
            catch throw:{unreadable, Module} -> unseen([finding(unknown, <<Module/binary, " cannot be disassembled">>)])
            end;
        Broken -> unseen(Broken)
    end,
    Answer = Seen#{
        added => names(Added), changed => names(Changed), removed => names(Removed),
        apps => [atom_to_binary(App) || App <- changed_apps(Old, New)],
        static => static_apps(Old, New) =/= [],
        migrating => [name(Module) || Module <- Migrating]
    },
    {Answer, (maps:with([own, direction], Options))#{
        old => maps:with([root, vsn, dir], Old),
        new => maps:with([root, vsn, dir, apps], New),
        new_apps => [App || App <- apps(New), not is_map_key(App, maps:get(apps, Old))],
        static_apps => static_apps(Old, New),
        added => Added, changed => Changed, removed => Removed,
        migrating => Migrating, loops => Loops
    }}.

unseen(Findings) ->
    {#{findings => Findings, preview => false, mixing => [], supervisors => [], starts => []}, [], []}.

look_into(Old, New, Changes, Options) ->
    Scope = scope(Old, New, Changes, Options),
    Migrating = migrating(Scope),
    Findings = lists:append([
        runtime_findings(Old, New),
        otp_findings(Old, New, Changes),
        dependency_findings(Old, New, Changes, Options),
        spec_findings(Old, New),
        native_findings(Old, New, Changes),
        priv_findings(Old, New),
        struct_findings(Scope, Migrating),
        column_findings(Scope),
        state_findings(Scope, Migrating),
        identity_findings(Scope),
        view_findings(Scope, Migrating),
        endpoint_findings(Scope),
        gone_findings(Scope),
        one_way_findings(Scope, Migrating),
        dynamic_supervisor_findings(Scope)
    ]),
    {#{findings => Findings,
       preview => needs_preview(Old, New, Changes, Scope),
       mixing => [name(Module) || Module <- mixing(Scope)],
       supervisors => [name(Module) || Module <- changed_supervisors(Scope)],
       starts => changed_starts(Scope)}, Migrating, loops(Scope)}.

%% The functions of modules that change in which a process can go round for ever without leaving the old code: those that
%% come back to themselves by local calls.
loops(#{changed := Changed, removed := Removed, before := Before}) ->
    [Function || Module <- Changed ++ Removed, Locals <- [local_calls(functions(Module, Before))],
                 Function <- maps:keys(Locals), comes_back(Function, maps:get(Function, Locals), Locals, [])].

local_calls(Functions) ->
    maps:from_list([{{Module, Name, Arity}, gatling_code:local_calls(Code)}
                    || {{Name, Arity}, [_ | _] = Code} <- maps:to_list(Functions), {func_info, {atom, Module}, _, _} <- Code]).

comes_back(_Function, [], _Locals, _Seen) -> false;
comes_back(Function, [Function | _], _Locals, _Seen) -> true;
comes_back(Function, [Next | Rest], Locals, Seen) ->
    case lists:member(Next, Seen) of
        true -> comes_back(Function, Rest, Locals, Seen);
        false -> comes_back(Function, maps:get(Next, Locals, []) ++ Rest, Locals, [Next | Seen])
    end.

%% Whether a preview could tell anything: not when configuration is made of the same files by the same code, and nothing that
%% lists children is another.
needs_preview(Old, New, #{added := Added, changed := Changed, removed := Removed}, Scope) ->
    apps(Old) =/= apps(New) orelse
        config_files(Old) =/= config_files(New) orelse
        mentions_one_of([Module || #{module := Module} <- Added ++ Changed ++ Removed], config_files(New)) orelse
        [] =/= changed_supervisors(Scope) orelse [] =/= changed_starts(Scope) orelse [] =/= identity_findings(Scope) orelse
        lists:any(fun(Module) -> has(['Elixir.Application', application | supervisors()], Module, Scope) end,
                  [Module || Module <- maps:get(changed, Scope), is_map_key(Module, maps:get(later, Scope))]).

%% sys.config names the place of runtime.exs, and so the version of the release.
config_files(#{vsn := Vsn} = Release) ->
    Place = list_to_binary(["/releases/", Vsn, "/"]),
    [case gatling_release:file(Release, File) of
         none -> none;
         Content -> binary:replace(Content, Place, <<"/releases/VSN/">>, [global])
     end || File <- ["sys.config", "runtime.exs"]].

mentions_one_of(_Modules, [_, none]) -> false;
mentions_one_of([], _) -> false;
mentions_one_of(Modules, [_, Runtime]) ->
    binary:match(Runtime, [name(Module) || Module <- Modules]) =/= nomatch.

names(Entries) -> [name(Module) || #{module := Module} <- Entries].
apps(#{apps := Apps}) -> lists:sort(maps:keys(Apps)).
in_both(Old, New) -> [App || App <- apps(New), is_map_key(App, maps:get(apps, Old))].
app(App, #{apps := Apps}) -> maps:get(App, Apps).
property(Key, App, Release) -> proplists:get_value(Key, maps:get(properties, app(App, Release)), []).

finding(Code, What) -> finding(Code, What, <<>>).
finding(Code, What, Detail) -> #{code => Code, what => name(What), detail => words(Detail)}.

words(Text) when is_list(Text) -> unicode:characters_to_binary(Text);
words(Term) -> gatling_json:text(Term).

name({Module, Name, Arity}) -> iolist_to_binary([name(Module), $., atom_to_binary(Name), $/, integer_to_list(Arity)]);
name(Name) when is_atom(Name) -> gatling_json:name(Name);
name(Text) -> unicode:characters_to_binary(Text).

%% ---- The modules that are looked into: those of this repository, and of dependencies when they may go hot.

scope(Old, New, #{added := Added, changed := Changed, removed := Removed}, Options) ->
    In = fun(Entries) -> [Module || #{module := Module, app := App} <- Entries, is_looked_into(App, Options)] end,
    Before = files(Old, Options),
    After = files(New, Options),
    Touched = In(Added) ++ In(Changed) ++ In(Removed),
    %% Elsewhere old and new are the same, so nothing that matters is reached from there.
    #{before => Before, later => After, direction => maps:get(direction, Options), new => New,
      changed => In(Changed), removed => In(Removed),
      %% Of an app that is gone as a whole that alone is told.
      dropped => In([Entry || #{app := App} = Entry <- Removed, is_map_key(App, maps:get(apps, New))]),
      near_before => maps:with(gatling_reach:users(Touched, Before), Before),
      near_later => maps:with(gatling_reach:users(Touched, After), After)}.

is_looked_into(App, #{own := Own, dependencies := Dependencies}) ->
    lists:member(App, Own) orelse
        (Dependencies =:= hot andalso App =/= consolidated andalso not gatling_release:is_part_of_otp(App)).

files(Release, Options) ->
    maps:from_list([{Module, element(2, Where)} || {Module, Where} <- maps:to_list(gatling_release:modules(Release)),
                                                   is_looked_into(element(1, Where), Options)]).

%% The modules in both releases that changed, or whose functions may reach one that did.
near(#{near_before := Before, near_later := After}) ->
    [Module || Module <- lists:sort(maps:keys(After)), is_map_key(Module, Before)].

%% Whether what these functions do, all told, is another thing in the new release. Functions that a release does not have
%% count as nothing.
differs(Roots, Scope) ->
    [] =/= differing(Roots, Scope).

%% The functions in which that is so.
differing(Roots, #{near_before := Before, near_later := After}) ->
    {Was, _} = gatling_reach:from(Roots, Before),
    {Is, _} = gatling_reach:from(Roots, After),
    [Function || Function <- lists:usort(maps:keys(Was) ++ maps:keys(Is)), maps:get(Function, Was, none) =/= maps:get(Function, Is, none)].

%% One of them by its name: where a root is among them it says most.
place(Roots, Scope) ->
    Differing = differing(Roots, Scope),
    case [Function || Function <- Roots, lists:member(Function, Differing)] ++ Differing of
        [] -> <<>>;
        [{Module, Name, Arity} | _] ->
            {Written, Of} = gatling_code:parent({Name, Arity}),
            name({Module, Written, Of})
    end.

has(Behaviours, Module, #{later := After}) ->
    Own = gatling_code:behaviours(maps:get(Module, After)),
    lists:any(fun(Behaviour) -> lists:member(Behaviour, Own) end, Behaviours).

exports(Module, Function, #{later := After}) ->
    lists:member(Function, gatling_code:exports(maps:get(Module, After))).

functions(Module, Files) ->
    case gatling_reach:functions(Module, Files) of none -> #{}; Functions -> Functions end.

%% ---- The machine, and what is not the app's own

runtime_findings(Old, New) ->
    [finding(erts_changed, "ERTS", [maps:get(erts, Old), " -> ", maps:get(erts, New)]) || maps:get(erts, Old) =/= maps:get(erts, New)] ++
    [finding(vm_args_changed, "vm.args") || gatling_release:file(Old, "vm.args") =/= gatling_release:file(New, "vm.args")] ++
    [finding(env_sh_changed, "env.sh") || env_sh(Old) =/= env_sh(New)].

%% The app's own: in a release that is deployed, Gatling's stands in its place.
env_sh(Release) ->
    case gatling_release:file(Release, "env.app.sh") of
        none -> gatling_release:file(Release, "env.sh");
        Own -> Own
    end.

otp_findings(Old, New, #{changed := Changed}) ->
    Apps = [App || App <- in_both(Old, New), gatling_release:is_part_of_otp(App),
                   vsn(App, Old) =/= vsn(App, New) orelse
                       [] =/= [Module || #{module := Module, app := Of, protocol := false} <- Changed, Of =:= App]],
    [finding(otp_changed, App, [vsn(App, Old), " -> ", vsn(App, New)]) || App <- Apps].

vsn(App, Release) -> maps:get(vsn, app(App, Release)).

%% A protocol of a dependency is consolidated anew when the app implements it: that is the app's change.
dependency_findings(Old, New, #{added := Added, changed := Changed, removed := Removed}, #{own := Own, dependencies := Dependencies}) ->
    Programs = lists:usort([App || #{app := App, protocol := false} <- Added ++ Changed ++ Removed]),
    Foreign = [App || App <- in_both(Old, New), not lists:member(App, Own), not gatling_release:is_part_of_otp(App)],
    Changing = [App || App <- Foreign, lists:member(App, Programs) orelse vsn(App, Old) =/= vsn(App, New) orelse priv(App, Old) =/= priv(App, New)],
    Coming = [App || App <- apps(New), not is_map_key(App, maps:get(apps, Old))],
    [finding(dependency_changed, App, [vsn(App, Old), " -> ", vsn(App, New)]) || App <- Changing, Dependencies =/= hot] ++
    [finding(dependency_added, App, vsn(App, New)) || App <- Coming, Dependencies =/= hot] ++
    [finding(dependency_removed, App, vsn(App, Old)) || App <- apps(Old), not is_map_key(App, maps:get(apps, New))].

spec_findings(Old, New) ->
    [finding(app_spec_changed, App, Key) || App <- in_both(Old, New), Key <- [mod, start_phases, included_applications, env],
        lists:sort(listed(property(Key, App, Old))) =/= lists:sort(listed(property(Key, App, New)))] ++
    [finding(app_spec_changed, App, "start type") || App <- in_both(Old, New),
        maps:get(mode, app(App, Old)) =/= maps:get(mode, app(App, New))].

listed(List) when is_list(List) -> List;
listed(Other) -> [Other].

%% Apps whose directory name, and so whose version, is another.
changed_apps(Old, New) ->
    [App || App <- in_both(Old, New), vsn(App, Old) =/= vsn(App, New)].

%% ---- Files

native_findings(Old, New, #{added := Added, changed := Changed}) ->
    [finding(native_changed, File, name(App)) || App <- in_both(Old, New), File <- changed_priv(App, Old, New), is_library(File)] ++
    [finding(native_changed, Module, "it loads native code") || #{module := Module, old := Was, new := Is} <- Changed,
        gatling_code:is_native(Was) orelse gatling_code:is_native(Is) orelse gatling_code:loadable(Module, Is) =:= on_load] ++
    [finding(native_changed, Module, "it loads native code") || #{module := Module, app := App, new := Is} <- Added,
        is_map_key(App, maps:get(apps, Old)), gatling_code:is_native(Is) orelse gatling_code:loadable(Module, Is) =:= on_load].

is_library(File) -> re:run(File, "\\.(so|dylib|dll)(\\.|$)") =/= nomatch.

%% A module the loader refuses: no release that holds it can serve.
broken_findings(#{added := Added, changed := Changed}) ->
    [finding(broken, Module, Reason) || #{module := Module, new := File} <- Added ++ Changed,
                                        {broken, Reason} <- [gatling_code:loadable(Module, File)]].

%% What an app keeps in priv/ it may have read when it started. Phoenix asks for static files when it is told that the
%% configuration changed, migrations are run by themselves, and translations are compiled in.
priv_findings(Old, New) ->
    [finding(priv_changed, File, name(App))
     || App <- in_both(Old, New), not gatling_release:is_part_of_otp(App), File <- changed_priv(App, Old, New),
        not is_library(File), not is_harmless(File)].

is_harmless(File) ->
    lists:any(fun(Folder) -> lists:prefix(Folder, File) end, ["priv/static/", "priv/repo/", "priv/gettext/"]).

static_apps(Old, New) ->
    [App || App <- in_both(Old, New), static(App, Old) =/= static(App, New)].

static(App, Release) ->
    [File || {Name, _} = File <- priv(App, Release), lists:prefix("priv/static/", Name)].

%% The files that are not the same in both.
changed_priv(App, Old, New) ->
    lists:usort([File || {File, _} <- (priv(App, Old) -- priv(App, New)) ++ (priv(App, New) -- priv(App, Old))]).

%% [{File, MD5}], File relative to the app.
priv(App, Release) ->
    #{dir := Dir} = app(App, Release),
    case get({priv, Dir}) of
        undefined ->
            Found = [{lists:nthtail(length(Dir) + 1, File), erlang:md5(content(File))}
                     || File <- lists:sort(filelib:wildcard(filename:join(Dir, "priv/**"))), filelib:is_regular(File)],
            put({priv, Dir}, Found),
            Found;
        Found -> Found
    end.

%% Without the times at which mix phx.digest has read the files: they differ with every build.
content(File) ->
    Content = gatling_code:read(File),
    case filename:basename(File) of
        "cache_manifest.json" -> re:replace(Content, "\"mtime\"\\s*:\\s*[0-9]+", "", [global]);
        _ -> Content
    end.

%% ---- State that lives on

%% Modules whose processes are taken to the new state by code_change: it is the app's own, and it changed with this
%% release. One that stayed as it was has done its work at an earlier upgrade. Downwards it is the module that leaves
%% which turns the state back (OTP, gen_server:code_change/3).
migrating(#{direction := Direction, near_before := Before, near_later := After} = Scope) ->
    Files = case Direction of up -> After; down -> Before end,
    [Module || Module <- near(Scope), lists:member(Module, maps:get(changed, Scope)), keeps_state(Module, Scope),
               [] =/= code_changes(Module, Files), differs([{Module, Name, Arity} || {Name, Arity} <- [{code_change, 3}, {code_change, 4}]], Scope)].

%% The code_change functions a module has written itself.
code_changes(Module, Files) ->
    [Function || {{code_change, Arity}, Code} = {Function, _} <- maps:to_list(functions(Module, Files)), Arity =:= 3 orelse Arity =:= 4,
                 not is_default(Code)].

%% What `use GenServer` writes: {:ok, state}.
is_default(Code) ->
    case [Instruction || Instruction <- Code, not lists:member(element(1, as_tuple(Instruction)), [label, func_info, test_heap])] of
        [{put_tuple2, {x, 0}, {list, [{atom, ok}, {x, 1}]}}, return] -> true;
        _ -> false
    end.

as_tuple(Tuple) when is_tuple(Tuple) -> Tuple;
as_tuple(Other) -> {Other}.

one_way_findings(#{direction := up}, _Migrating) -> [];
one_way_findings(#{near_before := Before}, Migrating) ->
    [finding(migration_one_way, Module) || Module <- Migrating,
        not lists:any(fun(Function) -> gatling_code:mentions(maps:get(Function, functions(Module, Before)), down) end, code_changes(Module, Before))].

%% Processes that would be started with the code of before in what they call: a new child starts before the code is replaced.
mixing(#{before := Before, near_later := After, changed := Changed} = Scope) ->
    [Module || Module <- lists:sort(maps:keys(After)), exports(Module, {child_spec, 1}, Scope),
        {Own, _} <- [gatling_reach:from([{Module, Name, Arity} || {Name, Arity} <- maps:keys(functions(Module, After)), lists:member(Name, [child_spec, start_link, init, handle_continue])], After)],
        lists:any(fun({{Of, Name, Arity}, Code}) ->
            lists:member(Of, Changed) andalso maps:get({Name, Arity}, functions(Of, Before), none) =/= Code
        end, maps:to_list(Own))].

servers() -> ['Elixir.GenServer', gen_server, gen_statem, gen_event, 'Elixir.GenStage'].
views() -> ['Elixir.Phoenix.LiveView', 'Elixir.Phoenix.LiveComponent', 'Elixir.Phoenix.Channel', 'Elixir.Phoenix.Socket'].
supervisors() -> ['Elixir.Supervisor', supervisor].
dynamic_supervisors() -> ['Elixir.DynamicSupervisor', 'Elixir.PartitionSupervisor'].

keeps_state(Module, Scope) -> has(servers() ++ views(), Module, Scope).

state_findings(Scope, Migrating) ->
    [finding(state_changed, Module, place(Roots, Scope))
     || Module <- near(Scope), is_process(Module, Scope), not lists:member(Module, Migrating),
        Roots <- [[{Module, init, 1}, {Module, handle_continue, 2}]], differs(Roots, Scope) orelse lost_states(Module, Scope)].

%% Whatever behaviour it has: what is supervised and has an init/1 keeps a state.
is_process(Module, Scope) ->
    not has(supervisors() ++ dynamic_supervisors(), Module, Scope) andalso
        (has(servers(), Module, Scope) orelse (exports(Module, {init, 1}, Scope) andalso exports(Module, {child_spec, 1}, Scope))).

%% A state of a gen_statem is the name of a function: a process may be in one that is gone.
lost_states(Module, #{before := Before, later := After} = Scope) ->
    has([gen_statem], Module, Scope) andalso
        [] =/= [Name || {Name, 3} <- gatling_code:exports(maps:get(Module, Before)) -- gatling_code:exports(maps:get(Module, After))].

view_findings(Scope, Migrating) ->
    [finding(view_changed, Module, place(Roots, Scope)) || Module <- near(Scope), Roots <- [view_roots(Module, Scope)], Roots =/= [],
        not (lists:member(Module, Migrating) andalso can_migrate(Module, Scope)), differs(Roots, Scope)].

view_roots(Module, Scope) ->
    Of = [{['Elixir.Phoenix.LiveView'], [{mount, 3}, {handle_params, 3}]}, {['Elixir.Phoenix.LiveComponent'], [{mount, 1}, {update, 2}]},
          {['Elixir.Phoenix.Channel'], [{join, 3}]}, {['Elixir.Phoenix.Socket'], [{connect, 2}, {connect, 3}]}],
    [{Module, Name, Arity} || {Behaviours, Functions} <- Of, has(Behaviours, Module, Scope), {Name, Arity} <- Functions] ++
    [{Module, on_mount, 4} || exports(Module, {on_mount, 4}, Scope)].

can_migrate(Module, Scope) ->
    not has(['Elixir.Phoenix.LiveView'], Module, Scope) orelse view_can_migrate(Scope).

%% LiveView before 1.0.6 damages its own state when a view has a code_change.
view_can_migrate(#{new := #{apps := #{phoenix_live_view := #{vsn := Vsn}}}}) ->
    case [catch list_to_integer(Part) || Part <- string:lexemes(Vsn, ".-")] of
        [Major, Minor, Patch | _] when is_integer(Patch) -> {Major, Minor, Patch} >= {1, 0, 6};
        _ -> false
    end;
view_can_migrate(_) -> false.

endpoint_findings(Scope) ->
    [finding(endpoint_changed, Module) || Module <- near(Scope), has(['Elixir.Phoenix.Endpoint'], Module, Scope),
        differs([{Module, '__sockets__', 0}, {Module, init, 2}], Scope)].

%% How a process is started, named and supervised: what runs was started the old way. init/2 is asked for the configuration
%% when it starts (Ecto.Repo).
identity_findings(Scope = #{near_later := After}) ->
    [finding(process_changed, Module) || Module <- near(Scope), exports(Module, {child_spec, 1}, Scope),
        not has(['Elixir.Phoenix.Endpoint'], Module, Scope),
        differs([{Module, child_spec, 1}, {Module, init, 2} | [{Module, start_link, Arity} || {start_link, Arity} <- maps:keys(functions(Module, After))]], Scope)].

%% Values of a struct live in the state of processes, in ETS and in caches. A migration that names it sees to it.
struct_findings(#{changed := Changed, near_before := Before, near_later := After}, Migrating) ->
    [finding(struct_changed, Module) || Module <- Changed, Was <- [functions(Module, Before)], Is <- [functions(Module, After)],
        is_map_key({'__struct__', 0}, Was), keys(Was) =:= unknown orelse keys(Was) =/= keys(Is),
        maps:get({'__struct__', 0}, Was) =/= maps:get({'__struct__', 0}, Is, none),
        not lists:any(fun(Migrated) -> Migrated =:= Module orelse sees(Migrated, Module, After) end, Migrating)].

keys(Functions) -> gatling_code:struct_keys(Functions).

%% Ecto keeps prepared queries in ETS, and knows that a schema is another by the names and types of its fields
%% (Ecto.Schema, __schema__(:hash)). Where only the column of a field is another, it goes on with the old query.
column_findings(#{changed := Changed, near_before := Before, near_later := After}) ->
    [finding(columns_changed, Module, [atom_to_binary(Was), " -> ", atom_to_binary(Is)])
     || Module <- Changed, {Field, Was} <- maps:to_list(gatling_code:columns(functions(Module, Before))),
        #{Field := Is} <- [gatling_code:columns(functions(Module, After))], Was =/= Is].

sees(Migrated, Struct, Files) ->
    {Own, _} = gatling_reach:from([{Migrated, code_change, 3}, {Migrated, code_change, 4}], Files),
    gatling_code:mentions(maps:values(Own), Struct).

%% ---- Calls that would lead nowhere

%% A request that is in the middle of old code may still call what the new release no longer has.
gone_findings(#{before := Before, later := After, changed := Changed, dropped := Dropped}) ->
    Gone = lists:append([[{Module, Name, Arity} || {Name, Arity} <- gatling_code:exports(maps:get(Module, Before)) -- exports_of(Module, After)]
                         || Module <- Changed ++ Dropped]),
    case Gone of
        [] -> [];
        _ ->
            Modules = lists:usort([Module || {Module, _, _} <- Gone]),
            Callers = maps:with(gatling_reach:users(Modules, Before), Before),
            [finding(function_gone, Function, name(Caller))
             || {Caller, _} <- lists:sort(maps:to_list(Callers)),
                Function = {Module, _, _} <- lists:usort(gatling_code:calls(maps:values(functions(Caller, Callers)))),
                Module =/= Caller, lists:member(Function, Gone)]
    end.

exports_of(Module, Files) ->
    case Files of #{Module := File} -> gatling_code:exports(File); _ -> [] end.

%% ---- Supervision. What the children are is known from the preview; here is only whether they may have changed.

changed_supervisors(Scope) ->
    [Module || Module <- near(Scope), has(supervisors(), Module, Scope), differs([{Module, init, 1}], Scope)].

dynamic_supervisor_findings(Scope) ->
    [finding(supervisor_changed, Module) || Module <- near(Scope), has(dynamic_supervisors(), Module, Scope), differs([{Module, init, 1}], Scope)].

%% Application.start/2 of each app, where it changed: and whether it does nothing but build its list of children.
changed_starts(Scope = #{later := After}) ->
    [#{app => name(Module), pure => gatling_reach:pure([{Module, start, 2}], After) =:= true, detail => doubt(gatling_reach:pure([{Module, start, 2}], After))}
     || Module <- near(Scope), has(['Elixir.Application', application], Module, Scope), differs([{Module, start, 2}], Scope)].

doubt(true) -> <<>>;
doubt({false, Function}) -> name(Function).
