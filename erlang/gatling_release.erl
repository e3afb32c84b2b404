%% Reads a release, as `mix release` leaves it, only from its directory.
-module(gatling_release).
-export([read/1, apps/1, app/2, vsn/2, in_both/2, modules/1, changes/3, is_part_of_otp/1, is_of_this_otp/1, file/2]).

%% Returns #{root, name, vsn, erts, dir, apps => #{App => #{vsn, mode, dir, properties}}}; `dir` is releases/VSN.
read(Dir) ->
    Root = filename:absname(Dir),
    {ok, StartErl} = file:read_file(filename:join(Root, "releases/start_erl.data")),
    [Erts, Vsn | _] = string:lexemes(binary_to_list(StartErl), " \n\r\t"),
    VsnDir = filename:join([Root, "releases", Vsn]),
    {ok, [{release, {Name, _}, _, Libraries}]} = file:consult(rel_file(VsnDir)),
    Apps = maps:from_list([listed(Root, Library) || Library <- Libraries]),
    #{root => Root, name => list_to_atom(Name), vsn => Vsn, erts => Erts, dir => VsnDir, apps => Apps}.

%% Finds the release's own .rel file. Some versions of Mix also have `start.rel` and `start_clean.rel` for their boot
%% files.
rel_file(Dir) ->
    hd([File || File <- filelib:wildcard(filename:join(Dir, "*.rel")),
                not lists:prefix("start", filename:basename(File))]).

listed(Root, Library) ->
    [App, Vsn | Rest] = tuple_to_list(Library),
    Mode = case [Type || Type <- Rest, is_atom(Type)] of [Type | _] -> Type; [] -> permanent end,
    Dir = filename:join([Root, "lib", lists:concat([App, "-", Vsn])]),
    Properties = case file:consult(filename:join([Dir, "ebin", lists:concat([App, ".app"])])) of
        {ok, [{application, App, Found}]} -> Found;
        _ -> []
    end,
    {App, #{vsn => Vsn, mode => Mode, dir => Dir, properties => Properties}}.

apps(#{apps := Apps}) -> lists:sort(maps:keys(Apps)).
app(App, #{apps := Apps}) -> maps:get(App, Apps).
vsn(App, Release) -> maps:get(vsn, app(App, Release)).
in_both(Old, New) -> [App || App <- apps(New), is_map_key(App, maps:get(apps, Old))].

%% Returns #{Module => {App, File}}. A consolidated protocol replaces the app's own file, as in a running node.
modules(#{apps := Apps, dir := Dir}) ->
    Plain = maps:from_list([{module_of(File), {App, File}}
                            || {App, #{dir := AppDir}} <- maps:to_list(Apps), File <- beams(AppDir ++ "/ebin")]),
    lists:foldl(fun consolidate/2, Plain, beams(filename:join(Dir, "consolidated"))).

consolidate(File, Modules) ->
    Module = module_of(File),
    {App, _} = maps:get(Module, Modules, {consolidated, File}),
    Modules#{Module => {App, File, consolidated}}.

beams(Dir) ->
    filelib:wildcard(Dir ++ "/*.beam").

module_of(File) ->
    list_to_atom(filename:basename(File, ".beam")).

%% Returns what differs between two releases: #{added, changed, removed}, each a list of #{module, app, old, new,
%% protocol}. Two files with one MD5 are the same program: debug information, documentation and line numbers do not
%% count (code:module_md5/1). `Same` has the paths, relative to the release, of files that are known to be the same.
changes(#{root := OldRoot} = Old, #{root := NewRoot} = New, Same) ->
    Before = modules(Old),
    After = modules(New),
    #{added => [entry(Module, none, Where) || {Module, Where} <- lists:sort(maps:to_list(After)), not is_map_key(Module, Before)],
      removed => [entry(Module, Where, none) || {Module, Where} <- lists:sort(maps:to_list(Before)), not is_map_key(Module, After)],
      changed => [entry(Module, maps:get(Module, Before), Where)
                  || {Module, Where} <- lists:sort(maps:to_list(After)), is_map_key(Module, Before),
                     File <- [file_of(Where)], Was <- [file_of(maps:get(Module, Before))],
                     not is_same(within(OldRoot, Was), within(NewRoot, File), Same), differ(Was, File)]}.

is_same(Path, Path, Same) -> is_map_key(Path, Same);
is_same(_, _, _) -> false.

within(Root, File) ->
    unicode:characters_to_binary(lists:nthtail(length(Root) + 1, File)).

entry(Module, Old, New) ->
    Where = case New of none -> Old; _ -> New end,
    #{module => Module, app => element(1, Where), old => file_of(Old), new => file_of(New), protocol => tuple_size(Where) =:= 3}.

file_of(none) -> none;
file_of(Where) -> element(2, Where).

differ(One, Other) ->
    {ok, A} = file:read_file(One),
    {ok, B} = file:read_file(Other),
    A =/= B andalso code:module_md5(A) =/= code:module_md5(B).

%% Returns the content of a file of releases/VSN, or none.
file(#{dir := Dir}, Name) ->
    case file:read_file(filename:join(Dir, Name)) of
        {ok, Content} -> Content;
        {error, _} -> none
    end.

%% Tells whether an application comes with Erlang or Elixir.
%% Whether its VM is of the same major version as this one: an older VM cannot load what a newer one has compiled.
is_of_this_otp(#{erts := Erts}) -> hd(string:lexemes(Erts, ".")) =:= hd(string:lexemes(erlang:system_info(version), ".")).

is_part_of_otp(App) ->
    lists:member(App, [kernel, stdlib, sasl, compiler, elixir, eex, ex_unit, iex, logger, mix, asn1, common_test, crypto,
        debugger, dialyzer, diameter, edoc, eldap, erl_interface, erts, et, eunit, ftp, inets, jinterface, megaco, mnesia,
        observer, odbc, os_mon, parsetools, public_key, reltool, runtime_tools, snmp, ssh, ssl, syntax_tools, tftp, tools,
        wx, xmerl]).
