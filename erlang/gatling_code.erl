%% What a beam file says about its module: the code of each function, compared without what moves when nothing changes
%% (labels, line numbers, the numbering of closures), and which functions it calls.
-module(gatling_code).
-export([functions/1, exports/1, imports/1, behaviours/1, vsn/1, lambdas/1, loadable/2, is_native/1,
         changed_functions/2, parent/1, calls/1, local_calls/1, struct_keys/1, columns/1, mentions/2, read/1]).

%% #{{Name, Arity} => normalised instructions}. @throws {unreadable, File} when it cannot be disassembled.
functions(File) ->
    maps:from_list([{{Name, Arity}, normalise(Code)} || {function, Name, Arity, _Entry, Code} <- disassemble(File)]).

%% Elixir before 1.16 strips the "Type" chunk that OTP 25's disassembler needs; an empty one does.
disassemble(File) ->
    Binary = read(File),
    case catch beam_disasm:file(Binary) of
        {beam_file, _, _, _, _, Functions} -> Functions;
        _ ->
            {ok, _, Chunks} = beam_lib:all_chunks(Binary),
            {ok, Repaired} = beam_lib:build_module([{"Type", empty_types()} | lists:keydelete("Type", 1, Chunks)]),
            case catch beam_disasm:file(Repaired) of
                {beam_file, _, _, _, _, Functions} -> Functions;
                _ -> throw({unreadable, list_to_binary(filename:basename(File, ".beam"))})
            end
    end.

empty_types() ->
    Count = 1024,
    iolist_to_binary([<<1:32, Count:32>>, lists:duplicate(Count, <<16#0FFF:16, 0:64, -1:64>>)]).

normalise(Code) ->
    {Normal, _} = relabel([Instruction || Instruction <- Code, not is_line(Instruction)], #{}),
    Normal.

is_line({line, _}) -> true;
is_line({executable_line, _, _}) -> true;
is_line({debug_line, _, _, _, _}) -> true;
is_line(_) -> false.

%% Labels are numbered through the whole module: renumbered here in the order in which they appear.
relabel({f, 0}, Labels) -> {{f, 0}, Labels};
relabel({f, Label}, Labels) when is_integer(Label) ->
    case Labels of
        #{Label := Known} -> {{f, Known}, Labels};
        _ -> {{f, map_size(Labels) + 1}, Labels#{Label => map_size(Labels) + 1}}
    end;
relabel({label, Label}, Labels) ->
    {{f, Known}, More} = relabel({f, Label}, Labels),
    {{label, Known}, More};
relabel({tr, Register, _Type}, Labels) -> relabel(Register, Labels);
relabel({literal, Literal}, Labels) -> {{literal, unlined(Literal)}, Labels};
relabel({func_info, _, _, _} = Info, Labels) -> {Info, Labels};
relabel({make_fun2, Function, _Index, _Uniq, Free}, Labels) -> {{make_fun, Function, Free}, Labels};
relabel({make_fun3, Function, _Index, _Uniq, To, Free}, Labels) -> {{make_fun, Function, To, Free}, Labels};
relabel(Tuple, Labels) when is_tuple(Tuple) ->
    {Items, More} = relabel(tuple_to_list(Tuple), Labels),
    {list_to_tuple(Items), More};
relabel([Head | Tail], Labels) ->
    {NewHead, More} = relabel(Head, Labels),
    {NewTail, Most} = relabel(Tail, More),
    {[NewHead | NewTail], Most};
relabel(Other, Labels) -> {Other, Labels}.

%% The place of a Logger call in its file moves with every line above it.
unlined(#{line := Line, file := _} = Place) when is_integer(Line) -> Place#{line := 0};
unlined(Literal) -> Literal.

exports(File) -> chunk(File, exports).
imports(File) -> chunk(File, imports).

behaviours(File) ->
    lists:append([Names || {Key, Names} <- chunk(File, attributes), Key =:= behaviour orelse Key =:= behavior]).

%% As code_change/3 is given it (sys:change_code/4): the attribute -vsn, an MD5 unless the app sets another.
vsn(File) ->
    case proplists:get_value(vsn, chunk(File, attributes)) of
        [Vsn] -> Vsn;
        Vsn -> Vsn
    end.

%% Several findings ask for it, so it is read once.
chunk(File, Name) ->
    case get({chunk, File, Name}) of
        undefined ->
            {ok, {_, [{Name, Content}]}} = beam_lib:chunks(read(File), [Name]),
            put({chunk, File, Name}, Content),
            Content;
        Content -> Content
    end.

%% Whole: beam_lib reads a file in many small pieces, each by way of another thread.
read(File) ->
    {ok, Binary} = file:read_file(File),
    Binary.

%% The closures a module can make, as the VM knows them: [{Index, OldUniq, Free}] and the MD5 that is their identity.
lambdas(File) ->
    Binary = read(File),
    Found = case beam_lib:chunks(Binary, ["FunT"], [allow_missing_chunks]) of
        {ok, {_, [{"FunT", <<_Count:32, Table/binary>>}]}} ->
            [{Index, OldUniq, Arity - Free, Free} || <<_Name:32, Arity:32, _Entry:32, Index:32, Free:32, OldUniq:32>> <= Table];
        _ -> []
    end,
    {code:module_md5(Binary), Found}.

%% What the loader thinks of a file, without loading it: ok, on_load, or {broken, Reason}.
loadable(Module, File) ->
    Binary = read(File),
    case catch erlang:prepare_loading(Module, Binary) of
        {error, Reason} -> {broken, Reason};
        {'EXIT', Reason} -> {broken, Reason};
        Prepared -> case erlang:has_prepared_code_on_load(Prepared) of true -> on_load; false -> ok end
    end.

is_native(File) ->
    lists:member({erlang, load_nif, 2}, imports(File)).

%% The functions of two versions of a module that are not the same, in either.
changed_functions(Old, New) ->
    [Function || Function <- maps:keys(maps:merge(Old, New)), maps:get(Function, Old, none) =/= maps:get(Function, New, none)].

%% The function a closure is written in: '-init/1-fun-0-' belongs to init.
parent({Name, Arity}) ->
    case re:run(atom_to_list(Name), "^-(.+)/([0-9]+)-", [{capture, all_but_first, list}]) of
        {match, [Parent, ParentArity]} -> {list_to_atom(Parent), list_to_integer(ParentArity)};
        nomatch -> {Name, Arity}
    end.

%% The functions that instructions call or close over, [{Module, Name, Arity}].
calls({call, _, Function}) -> called(Function);
calls({extfunc, Module, Name, Arity}) -> [{Module, Name, Arity}];
calls({make_fun, Function, _}) -> called(Function);
calls({make_fun, Function, _, Rest}) -> called(Function) ++ calls(Rest);
calls({literal, Literal}) -> funs(Literal);
calls({Module, Name, Arity}) when is_atom(Module), is_atom(Name), is_integer(Arity), Module =/= x, Module =/= y -> [{Module, Name, Arity}];
calls(Tuple) when is_tuple(Tuple) -> calls(tuple_to_list(Tuple));
calls([Head | Tail]) -> calls(Head) ++ calls(Tail);
calls(_) -> [].

%% Only those to the same version of the module.
local_calls({Call, _, Function}) when Call =:= call; Call =:= call_only -> called(Function);
local_calls({call_last, _, Function, _}) -> called(Function);
local_calls({make_fun, Function, _}) -> called(Function);
local_calls({make_fun, Function, _, _}) -> called(Function);
local_calls(List) when is_list(List) -> lists:append([local_calls(Item) || Item <- List]);
local_calls(_) -> [].

called({Module, Name, Arity}) -> [{Module, Name, Arity}];
called(_) -> [].

%% `&Module.function/1` is a literal.
funs(Fun) when is_function(Fun) ->
    {module, Module} = erlang:fun_info(Fun, module),
    {name, Name} = erlang:fun_info(Fun, name),
    {arity, Arity} = erlang:fun_info(Fun, arity),
    [{Module, Name, Arity}];
funs([Head | Tail]) -> funs(Head) ++ funs(Tail);
funs(Tuple) when is_tuple(Tuple) -> funs(tuple_to_list(Tuple));
funs(Map) when is_map(Map) -> funs(maps:to_list(Map));
funs(_) -> [].

%% The keys of the struct a module defines, or unknown.
struct_keys(Functions) ->
    case lists:usort([lists:sort(maps:keys(Struct)) || {literal, #{'__struct__' := _} = Struct} <- literals(maps:get({'__struct__', 0}, Functions, []))]) of
        [Keys] -> Keys;
        _ -> unknown
    end.

%% #{Field => Column} of the Ecto schema a module defines: __schema__(:dump) has them, with what else it knows of a field.
columns(Functions) ->
    maps:from_list([{Field, element(1, Kept)} || {literal, Dump} <- literals(maps:get({'__schema__', 1}, Functions, [])), is_map(Dump),
                                                 lists:all(fun is_kept/1, maps:values(Dump)), {Field, Kept} <- maps:to_list(Dump)]).

is_kept(Kept) -> is_tuple(Kept) andalso tuple_size(Kept) > 1 andalso is_atom(element(1, Kept)).

literals({literal, _} = Literal) -> [Literal];
literals(Tuple) when is_tuple(Tuple) -> literals(tuple_to_list(Tuple));
literals([Head | Tail]) -> literals(Head) ++ literals(Tail);
literals(_) -> [].

%% Whether an atom occurs in the code of a function.
mentions(Atom, Atom) -> true;
mentions(Tuple, Atom) when is_tuple(Tuple) -> mentions(tuple_to_list(Tuple), Atom);
mentions([Head | Tail], Atom) -> mentions(Head, Atom) orelse mentions(Tail, Atom);
mentions(Map, Atom) when is_map(Map) -> mentions(maps:to_list(Map), Atom);
mentions(_, _) -> false.
