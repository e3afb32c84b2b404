%% Looks through processes for closures. The VM writes down what a process has on its stack (erlang:process_info/2, backtrace), in
%% which a closure is #Fun<Module.Index.Uniq>, without disturbing it. Only who has closures, or too much to write, is asked for its
%% state.
-module(gatling_keepers).
-export([of_closures/1, of_closures/2]).

%% How long a process that is busy is waited for, all told, in ms.
-define(BUSY, 2000).
%% The VM writes at most so many terms of a value, each of one byte at least, and leaves out the rest without a word.
-define(WHOLE, 100000).
%% How long a process has to tell its state, and how long all of them have together, in ms.
-define(ANSWER, 1000).
-define(ANSWERS, 10000).
%% A state of more words than this is not copied to be looked at.
-define(MOST_WORDS, 4194304).
%% More messages are not, either.
-define(MOST_MESSAGES, 1000).

%% [{Module, {process, Who}}]: of each module [{Module, {Identity, Lambdas}}] whose closure a process keeps or may keep, one such.
of_closures(Modules) -> of_closures(Modules, processes() -- [self()]).

%% Looks at these processes only.
of_closures([], _Pids) -> [];
of_closures(Modules, Pids) ->
    Wanted = #{
        names => [Module || {Module, _} <- Modules],
        texts => maps:from_list([{iolist_to_binary(io_lib:format(".~b.~b>", [Index, Uniq])), Module}
                                 || {Module, {_, Lambdas}} <- Modules, {Index, Uniq, _, _} <- Lambdas]),
        identities => maps:from_list([{{Module, Identity}, true} || {Module, {Identity, _}} <- Modules]),
        until => now_ms() + ?ANSWERS},
    End = now_ms() + ?BUSY,
    Kept = look(Pids, Wanted, binary:compile_pattern(maps:keys(maps:get(texts, Wanted))), End, #{}),
    [{Module, {process, gatling_processes:describe(Pid)}} || {Module, Pid} <- maps:to_list(Kept)].

look([], _Wanted, _Pattern, _End, Kept) -> Kept;
look(Pids, Wanted, Pattern, End, Kept) ->
    {Busy, Found} = lists:foldl(
        fun(Pid, {Again, Sofar}) ->
            case kept_by(Pid, Wanted, Pattern) of
                busy -> {[Pid | Again], Sofar};
                Modules -> {Again, maps:merge(maps:from_list([{Module, Pid} || Module <- Modules]), Sofar)}
            end
        end, {[], Kept}, Pids),
    case Busy =/= [] andalso now_ms() > End of
        true -> maps:merge(maps:from_list([{Module, hd(Busy)} || Module <- maps:get(names, Wanted)]), Found);
        false ->
            Busy =/= [] andalso receive after 5 -> ok end,
            look(Busy, Wanted, Pattern, End, Found)
    end.

%% The modules of which a process keeps a closure. A process that waits has all it needs on its stack; one that runs may have it
%% in a register, which is not written down.
kept_by(Pid, #{names := Names, until := Until} = Wanted, Pattern) ->
    case process_info(Pid, [initial_call, status, current_function, backtrace, dictionary, message_queue_len, total_heap_size]) of
        undefined -> [];
        [{initial_call, Began}, {status, waiting}, {current_function, Function}, {backtrace, Text}, {dictionary, Dictionary}, {message_queue_len, Messages}, {total_heap_size, Words}] ->
            Written = case is_without(Function, Text) orelse is_of_vm(Began, Function) of
                true -> [];
                false -> with_closures(is_whole(Function, Text), Text, state(Pid, Words, Dictionary, Until), Wanted, Pattern)
            end,
            Waiting = case Messages of
                0 -> [];
                _ when Messages > ?MOST_MESSAGES -> Names;
                _ -> case process_info(Pid, messages) of {messages, All} -> in_term(All, Wanted); undefined -> [] end
            end,
            lists:usort(Written ++ Waiting ++ in_term(Dictionary, Wanted));
        _ -> busy
    end.

is_without(Function, Text) -> is_whole(Function, Text) andalso binary:match(Text, <<"#Fun<">>) =:= nomatch.

%% A process that hibernates has no stack.
is_whole(Function, Text) -> Function =/= {erlang, hibernate, 3} andalso byte_size(Text) < ?WHOLE.

%% The VM's own processes keep nothing of an app, nor do connections to other nodes. They hibernate, too: erts_trace_cleaner of
%% OTP 27 after a minute.
is_of_vm(_, {dist_util, con_loop, _}) -> true;
is_of_vm({Module, _, _}, _) -> Module =/= erlang andalso lists:member(Module, erlang:pre_loaded()).

%% A closure in another one is not written down, but is found in a state.
with_closures(true, Text, {ok, State}, Wanted, Pattern) -> written(Text, Wanted, Pattern) ++ in_term(State, Wanted);
with_closures(false, _, {ok, State}, Wanted, _) -> in_term(State, Wanted);
with_closures(true, Text, none, #{names := Names} = Wanted, Pattern) ->
    case is_closing(Text) of true -> Names; false -> written(Text, Wanted, Pattern) end;
with_closures(false, _, none, #{names := Names}, _) -> Names.

written(Text, #{texts := Texts}, Pattern) -> [maps:get(binary:part(Text, Place), Texts) || Place <- binary:matches(Text, Pattern)].

%% Whether there is something in a closure that is written down.
is_closing(Text) ->
    {match, Funs} = re:run(Text, <<"#Fun<(.*?)\\.(\\d+)\\.\\d+>">>, [global, {capture, all_but_first, binary}]),
    lists:any(fun([Module, Index]) -> try free(Module, binary_to_integer(Index)) > 0 catch _:_ -> true end end, Funs).

free(Module, Index) ->
    {_, Lambdas} = gatling_code:lambdas(code:which(binary_to_existing_atom(Module))),
    {Index, _, _, Free} = lists:keyfind(Index, 1, Lambdas),
    Free.

%% A process of sys(3) is asked; of another one nobody can tell.
state(Pid, Words, Dictionary, Until) ->
    Left = Until - now_ms(),
    case Words =< ?MOST_WORDS andalso Left > 0 andalso is_asked(lists:keyfind('$initial_call', 1, Dictionary)) of
        true -> try {ok, sys:get_state(Pid, min(?ANSWER, Left))} catch _:_ -> none end;
        false -> none
    end.

now_ms() -> erlang:monotonic_time(millisecond).

%% As proc_lib(3) notes how a process began, or as Phoenix does for a channel and a LiveView.
is_asked({_, {_, init, 1}}) -> true;
is_asked({_, {_, join, 3}}) -> true;
is_asked({_, {_, mount, 3}}) -> true;
is_asked({_, {supervisor, _, 1}}) -> true;
is_asked({_, {gen_event, init_it, 6}}) -> true;
is_asked(_) -> false.

in_term(Term, Wanted) -> lists:usort(in_term(Term, Wanted, [])).

in_term(Fun, #{identities := Identities} = Wanted, Found) when is_function(Fun) ->
    {module, Module} = erlang:fun_info(Fun, module),
    {new_uniq, Identity} = case erlang:fun_info(Fun, type) of {type, local} -> erlang:fun_info(Fun, new_uniq); _ -> {new_uniq, none} end,
    {env, Environment} = erlang:fun_info(Fun, env),
    in_term(Environment, Wanted, [Module || is_map_key({Module, Identity}, Identities)] ++ Found);
in_term([Head | Tail], Wanted, Found) -> in_term(Tail, Wanted, in_term(Head, Wanted, Found));
in_term(Tuple, Wanted, Found) when is_tuple(Tuple) -> in_term(tuple_to_list(Tuple), Wanted, Found);
in_term(Map, Wanted, Found) when is_map(Map) -> maps:fold(fun(Key, Value, Sofar) -> in_term(Value, Wanted, in_term(Key, Wanted, Sofar)) end, Found, Map);
in_term(_, _Wanted, Found) -> Found.
