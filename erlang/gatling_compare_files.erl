%% Compares the files of two releases: native code, modules that cannot be loaded, and the content of priv/.
-module(gatling_compare_files).
-export([findings/3, broken/2, changed_priv/3, static_apps/2]).

findings(Old, New, Changes) ->
    native_findings(Old, New, Changes) ++ priv_findings(Old, New).

native_findings(Old, New, #{added := Added, changed := Changed}) ->
    [gatling_finding:new(native_changed, File, gatling_finding:name(App)) || App <- gatling_release:in_both(Old, New), File <- changed_priv(App, Old, New), is_library(File)] ++
    [gatling_finding:new(native_changed, Module, "it loads native code") || #{module := Module, old := Was, new := Is} <- Changed,
        gatling_code:is_native(Was) orelse gatling_code:is_native(Is) orelse gatling_code:loadable(Module, Is) =:= on_load] ++
    [gatling_finding:new(native_changed, Module, "it loads native code") || #{module := Module, app := App, new := Is} <- Added,
        is_map_key(App, maps:get(apps, Old)), gatling_code:is_native(Is) orelse gatling_code:loadable(Module, Is) =:= on_load].

is_library(File) -> re:run(File, "\\.(so|dylib|dll)(\\.|$)") =/= nomatch.

%% Finds modules that the loader refuses. A release with such a module cannot serve. This VM can only judge what its own
%% release of OTP has compiled.
broken(New, #{added := Added, changed := Changed}) ->
    [gatling_finding:new(broken, Module, Reason) || gatling_release:is_of_this_otp(New), #{module := Module, new := File} <- Added ++ Changed,
                                        {broken, Reason} <- [gatling_code:loadable(Module, File)]].

%% Finds changed files in priv/ that an app can have read when it started. Static files, migrations and translations are
%% harmless: Phoenix reads static files again after a change of the configuration, migrations run separately, and
%% translations are compiled in.
priv_findings(Old, New) ->
    [gatling_finding:new(priv_changed, File, gatling_finding:name(App))
     || App <- gatling_release:in_both(Old, New), not gatling_release:is_part_of_otp(App), File <- changed_priv(App, Old, New),
        not is_library(File), not is_harmless(File)].

is_harmless(File) ->
    lists:any(fun(Folder) -> lists:prefix(Folder, File) end, ["priv/static/", "priv/repo/", "priv/gettext/"]).

static_apps(Old, New) ->
    [App || App <- gatling_release:in_both(Old, New), static(App, Old) =/= static(App, New)].

static(App, Release) ->
    [File || {Name, _} = File <- priv(App, Release), lists:prefix("priv/static/", Name)].

%% Returns the files that differ, or are only in one release.
changed_priv(App, Old, New) ->
    lists:usort([File || {File, _} <- (priv(App, Old) -- priv(App, New)) ++ (priv(App, New) -- priv(App, Old))]).

%% Returns [{File, MD5}], with File relative to the app.
priv(App, Release) ->
    #{dir := Dir} = gatling_release:app(App, Release),
    case get({priv, Dir}) of
        undefined ->
            Found = [{lists:nthtail(length(Dir) + 1, File), erlang:md5(content(File))}
                     || File <- lists:sort(filelib:wildcard(filename:join(Dir, "priv/**"))), filelib:is_regular(File)],
            put({priv, Dir}, Found),
            Found;
        Found -> Found
    end.

%% Returns the content without the times at which mix phx.digest read the files, which differ in every build.
content(File) ->
    Content = gatling_code:read(File),
    case filename:basename(File) of
        "cache_manifest.json" -> re:replace(Content, "\"mtime\"\\s*:\\s*[0-9]+", "", [global]);
        _ -> Content
    end.
