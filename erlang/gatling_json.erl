%% Writes answers as JSON, which the other side reads with a schema. (Only OTP 27 and later have a `json` module.)
-module(gatling_json).
-export([encode/1, answer/1, text/1, name/1, key/1, raised/2, exited/1]).

%% Prints an answer as one line, which the other side can find among other output.
answer(Term) ->
    io:put_chars(["gatling:", encode(Term), "\n"]).

%% Encodes maps, lists, binaries, atoms and numbers. Anything else is a bug of the caller.
encode(Map) when is_map(Map) ->
    ["{", lists:join(",", [[encode(atom_to_binary(Key)), ":", encode(Value)] || {Key, Value} <- maps:to_list(Map)]), "}"];
encode(List) when is_list(List) ->
    ["[", lists:join(",", [encode(Item) || Item <- List]), "]"];
encode(true) -> "true";
encode(false) -> "false";
encode(null) -> "null";
encode(Atom) when is_atom(Atom) -> encode(atom_to_binary(Atom));
encode(Number) when is_integer(Number) -> integer_to_list(Number);
encode(Number) when is_float(Number) -> io_lib:format("~.3f", [Number]);
encode(Text) when is_binary(Text) -> [$", [escape(Char) || Char <- characters(Text)], $"].

%% Writes a name as the developer does: 'Elixir.Shop.Cart' is Shop.Cart.
name(Name) when is_atom(Name) ->
    case atom_to_binary(Name) of <<"Elixir.", Rest/binary>> -> Rest; Plain -> Plain end;
name(Term) -> text(Term).

%% Writes a key as config.exs has it: a module, or an atom with its colon.
key(Key) when is_atom(Key) ->
    case atom_to_binary(Key) of <<"Elixir.", Module/binary>> -> Module; Plain -> <<":", Plain/binary>> end;
key(Term) -> text(Term).

%% Writes any term as text, and shortens a long one.
text(Text) when is_binary(Text) -> Text;
text(Term) -> unicode:characters_to_binary(io_lib:format("~0tP", [Term, 30])).

%% Writes an error as Elixir does, with its place: `** (RuntimeError) sold out, in Shop.Cart.add/2
%% (lib/shop/cart.ex:5)`.
raised(Reason, {Module, Function, Arguments, Location}) ->
    Arity = if is_list(Arguments) -> length(Arguments); true -> Arguments end,
    Line = case {proplists:get_value(file, Location), proplists:get_value(line, Location)} of
        {[_ | _] = File, Number} when is_integer(Number) -> [" (", File, $:, integer_to_list(Number), ")"];
        _ -> []
    end,
    unicode:characters_to_binary([banner(Reason), ", in ", name(Module), $., atom_to_binary(Function), $/, integer_to_list(Arity), Line]).

%% Writes the error as Elixir does. A node without Elixir writes the term.
banner(Reason) ->
    try short('Elixir.Exception':format_banner(error, Reason)) catch _:_ -> text(Reason) end.

%% Writes why a process ended: the first error in the reason, or else the whole reason.
exited({error, Reason}) -> exited(Reason);
exited({Reason, Child}) when element(1, Child) =:= child -> exited(Reason);
exited(Reason) ->
    try string:lexemes('Elixir.Exception':format_exit(Reason), "\n") of
        [First | _] = Lines ->
            case [Line || Line <- Lines, re:run(Line, "\\*\\* \\((?!EXIT)") =/= nomatch] of
                [Line | _] -> short(string:trim(Line));
                [] -> short(First)
            end;
        [] -> text(Reason)
    catch _:_ -> text(Reason)
    end.

short(Text) ->
    unicode:characters_to_binary(string:slice(hd(string:split(Text, "\n")), 0, 300)).

characters(Text) ->
    case unicode:characters_to_list(Text) of
        Characters when is_list(Characters) -> Characters;
        _NotUtf8 -> binary_to_list(Text)
    end.

escape($") -> "\\\"";
escape($\\) -> "\\\\";
escape(Char) when Char < 32; Char > 126, Char < 65536 -> io_lib:format("\\u~4.16.0b", [Char]);
escape(Char) when Char > 65535 -> <<Char/utf8>>;
escape(Char) -> Char.
