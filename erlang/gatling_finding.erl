%% Makes findings. A finding is one thing that speaks against a hot upgrade, with its code and its subject.
-module(gatling_finding).
-export([new/2, new/3, of_terms/3, name/1, refuse/1]).

new(Code, What) -> new(Code, What, <<>>).
new(Code, What, Detail) -> #{code => Code, what => name(What), detail => words(Detail)}.

%% Makes a finding of any terms, as a running node has them.
of_terms(Code, What, Detail) -> #{code => Code, what => gatling_json:name(What), detail => gatling_json:text(Detail)}.

%% Refuses the upgrade. @throws {refused, Findings} unless there are none.
refuse([]) -> ok;
refuse(Findings) -> throw({refused, Findings}).

words(Text) when is_list(Text) -> unicode:characters_to_binary(Text);
words(Term) -> gatling_json:text(Term).

name({Module, Name, Arity}) -> iolist_to_binary([name(Module), $., atom_to_binary(Name), $/, integer_to_list(Arity)]);
name(Name) when is_atom(Name) -> gatling_json:name(Name);
name(Text) -> unicode:characters_to_binary(Text).
