%% Follows calls, to find everything that a function does: its own code, and that of every function of the app it can
%% call.
-module(gatling_reach).
-export([from/2, functions/2, users/2, pure/2]).

%% Follows calls through the modules in Files, #{Module => File}. Returns {#{Function => code}, the functions of other
%% modules that are called}.
from(Roots, Files) ->
    walk(Roots, Files, #{}, #{}).

walk([], _Files, Own, Foreign) ->
    {Own, maps:keys(Foreign)};
walk([Function | Rest], Files, Own, Foreign) when is_map_key(Function, Own); is_map_key(Function, Foreign) ->
    walk(Rest, Files, Own, Foreign);
walk([{Module, Name, Arity} = Function | Rest], Files, Own, Foreign) ->
    case functions(Module, Files) of
        none -> walk(Rest, Files, Own, Foreign#{Function => true});
        #{{Name, Arity} := Code} -> walk(gatling_code:calls(Code) ++ Rest, Files, Own#{Function => Code}, Foreign);
        #{} -> walk(Rest, Files, Own#{Function => undefined}, Foreign)
    end.

%% Returns the functions of a module of the app, which it disassembles only once; none for any other module.
functions(Module, Files) ->
    case Files of
        #{Module := File} ->
            case get({functions, File}) of
                undefined ->
                    Functions = gatling_code:functions(File),
                    put({functions, File}, Functions),
                    Functions;
                Functions -> Functions
            end;
        _ -> none
    end.

%% Returns Modules, and the modules among Files that mention one of them, directly or through others.
users(Modules, Files) ->
    users(Modules, maps:without(Modules, Files), [Module || Module <- Modules, is_map_key(Module, Files)]).

users(_, Files, Found) when map_size(Files) =:= 0 -> Found;
users([], _, Found) -> Found;
users(Modules, Files, Found) ->
    Names = binary:compile_pattern([atom_to_binary(Module) || Module <- Modules]),
    More = [Module || {Module, File} <- maps:to_list(Files), binary:match(words(File), Names) =/= nomatch],
    users(More, maps:without(More, Files), More ++ Found).

%% Returns every name in a module: its atoms, and those inside its literals.
words(File) ->
    case get({words, File}) of
        undefined ->
            {ok, {_, Chunks}} = beam_lib:chunks(gatling_code:read(File), ["AtU8", "LitT"], [allow_missing_chunks]),
            Words = iolist_to_binary([words_of(Chunk) || Chunk <- Chunks]),
            put({words, File}, Words),
            Words;
        Words -> Words
    end.

words_of({_, missing_chunk}) -> <<>>;
words_of({"LitT", <<0:32, Plain/binary>>}) -> Plain;
words_of({"LitT", <<_Size:32, Packed/binary>>}) -> zlib:uncompress(Packed);
words_of({_, Atoms}) -> Atoms.

%% Tells whether a function only computes its result. Supervisor.start_link/2 counts as such, because its arguments say
%% what it would start. In doubt the answer is {false, the first doubtful call}.
pure(Roots, Files) ->
    {Own, Foreign} = from(Roots, Files),
    Lost = [Function || {Function, undefined} <- maps:to_list(Own), not is_made_by_the_compiler(Function)],
    case Lost ++ [Function || Function <- Foreign, not is_pure(Function)] of
        [] -> true;
        [Doubt | _] -> {false, Doubt}
    end.

is_made_by_the_compiler({_, Name, _}) -> lists:member(Name, [module_info, '__info__', '__struct__']).

is_pure({'Elixir.Application', Name, _}) ->
    lists:member(Name, [get_env, fetch_env, 'fetch_env!', get_all_env, compile_env, app_dir, spec]);
is_pure({'Elixir.System', Name, _}) -> lists:member(Name, [get_env, fetch_env, 'fetch_env!', schedulers_online, schedulers]);
is_pure({'Elixir.Supervisor', Name, _}) -> lists:member(Name, [start_link, init, child_spec]);
is_pure({'Elixir.DynamicSupervisor', Name, _}) -> lists:member(Name, [init, child_spec]);
is_pure({'Elixir.Task', Name, _}) -> Name =:= child_spec;
is_pure({'Elixir.Agent', Name, _}) -> Name =:= child_spec;
is_pure({'Elixir.Code', Name, _}) -> lists:member(Name, ['ensure_loaded?', 'ensure_compiled']);
is_pure({'Elixir.Logger', Name, _}) -> lists:member(Name, ['__should_log__', '__do_log__', bare_log]);
is_pure({supervisor, Name, _}) -> Name =:= start_link;
is_pure({application, Name, _}) -> lists:member(Name, [get_env, get_key, get_all_env]);
is_pure({os, Name, _}) -> Name =:= getenv;
is_pure({erlang, Name, _}) ->
    lists:member(Name, ['++', '--', '+', '-', '*', '/', 'div', 'rem', 'not', 'and', 'or', '==', '=:=', '/=', '=/=', '<', '>',
        '=<', '>=', abs, append, atom_to_binary, atom_to_list, binary_to_atom, binary_to_existing_atom, binary_to_integer,
        binary_to_list, element, error, function_exported, hd, integer_to_binary, integer_to_list, is_atom, is_binary,
        is_function, is_integer, is_list, is_map, is_tuple, iolist_to_binary, length, list_to_atom, list_to_binary,
        list_to_integer, list_to_tuple, map_size, max, min, node, raise, round, setelement, size, system_info, throw, tl,
        trunc, tuple_size, tuple_to_list]);
is_pure({Module, _, _}) ->
    lists:member(Module, ['Elixir.Access', 'Elixir.Atom', 'Elixir.Base', 'Elixir.Enum', 'Elixir.Exception', 'Elixir.Integer',
        'Elixir.Kernel', 'Elixir.Keyword', 'Elixir.KeyError', 'Elixir.List', 'Elixir.Map', 'Elixir.MapSet', 'Elixir.Module',
        'Elixir.Path', 'Elixir.Range', 'Elixir.Regex', 'Elixir.String', 'Elixir.String.Chars', 'Elixir.Tuple', 'Elixir.URI',
        'Elixir.Version', 'Elixir.ArgumentError', 'Elixir.Inspect', lists, maps, binary, string, proplists]).
