%% Writes what is found as JSON, which the other side reads with a schema. (OTP has a `json` module from 27 on only.)
-module(gatling_json).
-export([encode/1, answer/1, text/1, name/1, key/1]).

%% One line that can be found among whatever else is printed.
answer(Term) ->
    io:put_chars(["gatling:", encode(Term), "\n"]).

%% Maps, lists, binaries, atoms and numbers. Anything else is a defect of the caller.
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

%% As the developer writes it: 'Elixir.Shop.Cart' is Shop.Cart.
name(Name) when is_atom(Name) ->
    case atom_to_binary(Name) of <<"Elixir.", Rest/binary>> -> Rest; Plain -> Plain end;
name(Term) -> text(Term).

%% As config.exs has it: a module, or an atom with its colon.
key(Key) when is_atom(Key) ->
    case atom_to_binary(Key) of <<"Elixir.", Module/binary>> -> Module; Plain -> <<":", Plain/binary>> end;
key(Term) -> text(Term).

%% Any term in words, cut where it gets long.
text(Text) when is_binary(Text) -> Text;
text(Term) -> unicode:characters_to_binary(io_lib:format("~0tP", [Term, 30])).

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
