%% Compares two releases on disk: what changed, and everything that speaks against a hot upgrade from one to the other.
%% It starts nothing, and does not trust version numbers.
%%   erl ... -s gatling_compare main -extra old=DIR new=DIR same=FILE own=APP,APP direction=up|down dependencies=hot|swap changes=FILE
%% `same` names the modules whose files are the same in both, one path in the release a line. The answer has the
%% findings. The file `changes` gets what gatling_node needs to know.
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
    {Seen, Migrating, Loops} = case {gatling_compare_apps:another_runtime(Old, New), gatling_compare_files:broken(New, Changes)} of
        {[], []} ->
            try look_into(Old, New, Changes, Options)
            catch throw:{unreadable, Module} -> unseen([gatling_finding:new(unknown, <<Module/binary, " cannot be disassembled">>)])
            end;
        %% It compiles every module to other code, so nothing else that differs would tell anything.
        {Runtime, []} ->
            {Unseen, [], []} = unseen(Runtime ++ gatling_compare_apps:newer_dependencies(Old, New, Options)),
            {Unseen#{added => [], changed => [], removed => []}, [], []};
        {_, Broken} -> unseen(Broken)
    end,
    Answer = (maps:merge(#{added => names(Added), changed => names(Changed), removed => names(Removed)}, Seen))#{
        apps => [atom_to_binary(App) || App <- gatling_compare_apps:changed(Old, New)],
        static => gatling_compare_files:static_apps(Old, New) =/= [],
        migrating => [gatling_finding:name(Module) || Module <- Migrating]
    },
    {Answer, (maps:with([own, direction], Options))#{
        old => maps:with([root, vsn, dir], Old),
        new => maps:with([root, vsn, dir, apps], New),
        new_apps => [App || App <- gatling_release:apps(New), not is_map_key(App, maps:get(apps, Old))],
        static_apps => gatling_compare_files:static_apps(Old, New),
        added => Added, changed => Changed, removed => Removed,
        migrating => Migrating, loops => Loops
    }}.

unseen(Findings) ->
    {#{findings => Findings, preview => false, mixing => [], supervisors => [], starts => []}, [], []}.

look_into(Old, New, Changes, Options) ->
    Scope = gatling_scope:new(Old, New, Changes, Options),
    Migrating = gatling_compare_state:migrating(Scope),
    Findings = lists:append([
        gatling_compare_apps:findings(Old, New, Changes, Options),
        gatling_compare_files:findings(Old, New, Changes),
        gatling_compare_state:findings(Scope, Migrating),
        gatling_compare_supervision:findings(Scope),
        gatling_compare_calls:findings(Scope)
    ]),
    {#{findings => Findings,
       preview => gatling_compare_supervision:needs_preview(Old, New, Changes, Scope),
       mixing => [gatling_finding:name(Module) || Module <- gatling_compare_supervision:mixing(Scope)],
       supervisors => [gatling_finding:name(Module) || Module <- gatling_compare_supervision:changed_supervisors(Scope)],
       starts => gatling_compare_supervision:changed_starts(Scope)}, Migrating, gatling_compare_calls:loops(Scope)}.

names(Entries) -> [gatling_finding:name(Module) || #{module := Module} <- Entries].
