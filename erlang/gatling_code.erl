%% Reads beam files: the code of each function, and the functions it calls. The code is without labels, line numbers and
%% the numbers of closures, because these change when the function does not.
-module(gatling_code).
-export([functions/1, exports/1, imports/1, behaviours/1, vsn/1, lambdas/1, loadable/2, is_native/1,
         changed_functions/2, parent/1, calls/1, local_calls/1, struct_keys/1, columns/1, mentions/2, read/1]).

%% Returns #{{Name, Arity} => normalised instructions}. @throws {unreadable, File} if the file cannot be disassembled.
functions(File) ->
    maps:from_list([{{Name, Arity}, normalise(Code)} || {function, Name, Arity, _Entry, Code} <- disassemble(File)]).

%% Disassembles a file. Elixir before 1.16 strips the "Type" chunk that OTP 25's disassembler needs; an empty chunk is
%% enough.
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

%% Renumbers the labels of a function in the order in which they appear, because a module numbers all its labels
%% together.
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

%% Removes the line of a Logger call, which changes with every line above it.
unlined(#{line := Line, file := _} = Place) when is_integer(Line) -> Place#{line := 0};
unlined(Literal) -> Literal.

exports(File) -> chunk(File, exports).
imports(File) -> chunk(File, imports).

behaviours(File) ->
    lists:append([Names || {Key, Names} <- chunk(File, attributes), Key =:= behaviour orelse Key =:= behavior]).

%% Returns the version that code_change/3 gets (sys:change_code/4): the attribute -vsn, an MD5 unless the app sets it.
vsn(File) ->
    case proplists:get_value(vsn, chunk(File, attributes)) of
        [Vsn] -> Vsn;
        Vsn -> Vsn
    end.

%% Returns a chunk of a file. Several findings need it, so it is read only once.
chunk(File, Name) ->
    case get({chunk, File, Name}) of
        undefined ->
            {ok, {_, [{Name, Content}]}} = beam_lib:chunks(read(File), [Name]),
            put({chunk, File, Name}, Content),
            Content;
        Content -> Content
    end.

%% Reads a file at once. beam_lib would read it in many small pieces, each through another thread.
read(File) ->
    {ok, Binary} = file:read_file(File),
    Binary.

%% Returns the closures that a module can make, as the VM knows them: the MD5 that identifies them, and [{Index,
%% OldUniq, Arity, Free}].
lambdas(File) ->
    Binary = read(File),
    Found = case beam_lib:chunks(Binary, ["FunT"], [allow_missing_chunks]) of
        {ok, {_, [{"FunT", <<_Count:32, Table/binary>>}]}} ->
            [{Index, OldUniq, Arity - Free, Free} || <<_Name:32, Arity:32, _Entry:32, Index:32, Free:32, OldUniq:32>> <= Table];
        _ -> []
    end,
    {code:module_md5(Binary), Found}.

%% Asks the loader about a file without loading it: ok, on_load, or {broken, Reason}.
loadable(Module, File) ->
    Binary = read(File),
    case catch erlang:prepare_loading(Module, Binary) of
        {error, Reason} -> {broken, Reason};
        {'EXIT', Reason} -> {broken, Reason};
        Prepared -> case erlang:has_prepared_code_on_load(Prepared) of true -> on_load; false -> ok end
    end.

is_native(File) ->
    lists:member({erlang, load_nif, 2}, imports(File)).

%% Returns the functions that differ between two versions of a module, or are only in one of them.
changed_functions(Old, New) ->
    [Function || Function <- maps:keys(maps:merge(Old, New)), maps:get(Function, Old, none) =/= maps:get(Function, New, none)].

%% Returns the function that a closure is written in: '-init/1-fun-0-' belongs to init.
parent({Name, Arity}) ->
    case re:run(atom_to_list(Name), "^-(.+)/([0-9]+)-", [{capture, all_but_first, list}]) of
        {match, [Parent, ParentArity]} -> {list_to_atom(Parent), list_to_integer(ParentArity)};
        nomatch -> {Name, Arity}
    end.

%% Returns the functions that instructions call or make closures of, [{Module, Name, Arity}].
calls({call, _, Function}) -> called(Function);
calls({extfunc, Module, Name, Arity}) -> [{Module, Name, Arity}];
calls({make_fun, Function, _}) -> called(Function);
calls({make_fun, Function, _, Rest}) -> called(Function) ++ calls(Rest);
calls({literal, Literal}) -> funs(Literal);
calls({Module, Name, Arity}) when is_atom(Module), is_atom(Name), is_integer(Arity), Module =/= x, Module =/= y -> [{Module, Name, Arity}];
calls(Tuple) when is_tuple(Tuple) -> calls(tuple_to_list(Tuple));
calls([Head | Tail]) -> calls(Head) ++ calls(Tail);
calls(_) -> [].

%% Returns only the calls that stay in the same version of the module.
local_calls({Call, _, Function}) when Call =:= call; Call =:= call_only -> called(Function);
local_calls({call_last, _, Function, _}) -> called(Function);
local_calls({make_fun, Function, _}) -> called(Function);
local_calls({make_fun, Function, _, _}) -> called(Function);
local_calls(List) when is_list(List) -> lists:append([local_calls(Item) || Item <- List]);
local_calls(_) -> [].

called({Module, Name, Arity}) -> [{Module, Name, Arity}];
called(_) -> [].

%% Returns the functions in a literal, such as `&Module.function/1`.
funs(Fun) when is_function(Fun) ->
    {module, Module} = erlang:fun_info(Fun, module),
    {name, Name} = erlang:fun_info(Fun, name),
    {arity, Arity} = erlang:fun_info(Fun, arity),
    [{Module, Name, Arity}];
funs([Head | Tail]) -> funs(Head) ++ funs(Tail);
funs(Tuple) when is_tuple(Tuple) -> funs(tuple_to_list(Tuple));
funs(Map) when is_map(Map) -> funs(maps:to_list(Map));
funs(_) -> [].

%% Returns the keys of the struct that a module defines, or unknown.
struct_keys(Functions) ->
    case lists:usort([lists:sort(maps:keys(Struct)) || {literal, #{'__struct__' := _} = Struct} <- literals(maps:get({'__struct__', 0}, Functions, []))]) of
        [Keys] -> Keys;
        _ -> unknown
    end.

%% Returns #{Field => Column} of the Ecto schema that a module defines. __schema__(:dump) has them, with other facts
%% about a field.
columns(Functions) ->
    maps:from_list([{Field, element(1, Kept)} || {literal, Dump} <- literals(maps:get({'__schema__', 1}, Functions, [])), is_map(Dump),
                                                 lists:all(fun is_kept/1, maps:values(Dump)), {Field, Kept} <- maps:to_list(Dump)]).

is_kept(Kept) -> is_tuple(Kept) andalso tuple_size(Kept) > 1 andalso is_atom(element(1, Kept)).

literals({literal, _} = Literal) -> [Literal];
literals(Tuple) when is_tuple(Tuple) -> literals(tuple_to_list(Tuple));
literals([Head | Tail]) -> literals(Head) ++ literals(Tail);
literals(_) -> [].

%% Tells whether an atom occurs in the code of a function.
mentions(Atom, Atom) -> true;
mentions(Tuple, Atom) when is_tuple(Tuple) -> mentions(tuple_to_list(Tuple), Atom);
mentions([Head | Tail], Atom) -> mentions(Head, Atom) orelse mentions(Tail, Atom);
mentions(Map, Atom) when is_map(Map) -> mentions(maps:to_list(Map), Atom);
mentions(_, _) -> false.
