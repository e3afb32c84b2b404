%% Looks through processes for closures. The VM prints the stack of a process without disturbing it
%% (erlang:process_info/2, backtrace). A closure is #Fun<Module.Index.Uniq> there. Only a process with closures, or with
%% too much to print, is asked for its state.
-module(gatling_keepers).
-export([of_closures/1, of_closures/2]).

%% The longest wait for busy processes, all together, in ms.
-define(BUSY, 2000).
%% The VM prints at most so many terms of a value, each of at least one byte, and silently leaves out the rest.
-define(WHOLE, 100000).
%% How long a process has to report its state, and how long all of them have together, in ms.
-define(ANSWER, 1000).
-define(ANSWERS, 10000).
%% A state of more words than this is not copied.
-define(MOST_WORDS, 4194304).
%% More messages than this are not copied.
-define(MOST_MESSAGES, 1000).

%% Takes modules as [{Module, {Identity, Lambdas}}]. Returns [{Module, {process, Name}}], with one process that keeps,
%% or might keep, a closure of the module.
of_closures(Modules) -> of_closures(Modules, processes() -- [self()]).

%% Looks only at these processes.
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

%% Returns the modules whose closures a process keeps. A waiting process has everything on its stack. A running process
%% can have a closure in a register, which the VM does not print.
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

%% Tells whether the printed stack is complete. A hibernating process has no stack.
is_whole(Function, Text) -> Function =/= {erlang, hibernate, 3} andalso byte_size(Text) < ?WHOLE.

%% Tells whether a process belongs to the VM, or is a connection to another node. These keep nothing of an app. They can
%% hibernate, too, as erts_trace_cleaner of OTP 27 does after a minute.
is_of_vm(_, {dist_util, con_loop, _}) -> true;
is_of_vm({Module, _, _}, _) -> Module =/= erlang andalso lists:member(Module, erlang:pre_loaded()).

%% Finds closures in a stack and a state. The VM does not print a closure inside another one, but the state contains it.
with_closures(true, Text, {ok, State}, Wanted, Pattern) -> written(Text, Wanted, Pattern) ++ in_term(State, Wanted);
with_closures(false, _, {ok, State}, Wanted, _) -> in_term(State, Wanted);
with_closures(true, Text, none, #{names := Names} = Wanted, Pattern) ->
    case is_closing(Text) of true -> Names; false -> written(Text, Wanted, Pattern) end;
with_closures(false, _, none, #{names := Names}, _) -> Names.

written(Text, #{texts := Texts}, Pattern) -> [maps:get(binary:part(Text, Place), Texts) || Place <- binary:matches(Text, Pattern)].

%% Tells whether a printed closure has an environment.
is_closing(Text) ->
    {match, Funs} = re:run(Text, <<"#Fun<(.*?)\\.(\\d+)\\.\\d+>">>, [global, {capture, all_but_first, binary}]),
    lists:any(fun([Module, Index]) -> try free(Module, binary_to_integer(Index)) > 0 catch _:_ -> true end end, Funs).

free(Module, Index) ->
    {_, Lambdas} = gatling_code:lambdas(code:which(binary_to_existing_atom(Module))),
    {Index, _, _, Free} = lists:keyfind(Index, 1, Lambdas),
    Free.

%% Asks a process of sys(3) for its state. Other processes cannot be asked.
state(Pid, Words, Dictionary, Until) ->
    Left = Until - now_ms(),
    case Words =< ?MOST_WORDS andalso Left > 0 andalso is_asked(lists:keyfind('$initial_call', 1, Dictionary)) of
        true -> try {ok, sys:get_state(Pid, min(?ANSWER, Left))} catch _:_ -> none end;
        false -> none
    end.

now_ms() -> erlang:monotonic_time(millisecond).

%% Tells whether a process answers sys(3), by its first call: proc_lib(3) notes it, and Phoenix does for channels and
%% LiveViews.
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
