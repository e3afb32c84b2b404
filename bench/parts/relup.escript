#!/usr/bin/env escript
%% What release_handler needs and mix does not make. `releases ROOT VSN` before the first boot: what is installed.
%% `relup ROOT OLD NEW`: how to get from one version in ROOT to another and back, of an appup made of what differs.
main(["releases", Root, Vsn]) ->
    ok = release_handler:create_RELEASES(Root, filename:join(Root, "releases"), rel(Root, Vsn) ++ ".rel", []);
main(["relup", Root, Old, New]) ->
    Files = filelib:wildcard(filename:join(ebin(Root, New), "*.beam")),
    Steps = [step(File) || File <- Files, code:module_md5(read(File)) =/= code:module_md5(read(filename:join(ebin(Root, Old), filename:basename(File))))],
    Appup = {New, [{Old, Steps}], [{Old, Steps}]},
    ok = file:write_file(filename:join(ebin(Root, New), "counter.appup"), io_lib:format("~p.~n", [Appup])),
    Path = filelib:wildcard(filename:join(Root, "lib/*/ebin")),
    {ok, _, _, _} = systools:make_relup(rel(Root, New), [rel(Root, Old)], [rel(Root, Old)],
                                        [silent, {path, Path}, {outdir, filename:join([Root, "releases", New])}]).

rel(Root, Vsn) -> filename:join([Root, "releases", Vsn, "counter"]).

ebin(Root, Vsn) -> filename:join([Root, "lib", "counter-" ++ Vsn, "ebin"]).

read(File) ->
    {ok, Binary} = file:read_file(File),
    Binary.

step(File) ->
    {ok, {Module, [{exports, Exports}]}} = beam_lib:chunks(File, [exports]),
    case lists:member({code_change, 3}, Exports) of
        true -> {update, Module, {advanced, []}};
        false -> {load_module, Module}
    end.
