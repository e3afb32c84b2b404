%% Does a hot upgrade inside the running node:
%%
%%   check    says whether the node can be upgraded; changes nothing
%%   install  makes the new code run, and keeps the old code
%%   watch    says what has gone wrong since
%%   revert   goes back to the old code, with the old state
%%   commit   removes the old code; from now on the node is one of the new release
%%
%% A new process does all of it and stays until the deploy tells it to commit or revert. If the deploy dies before that,
%% the process decides by the link `current`.
-module(gatling_node).
-export([check/1, install/1, watch/0, revert/1, commit/0]).

%% ---- check

check(OrdersFile) ->
    Orders = orders(OrdersFile),
    gatling_json:answer(try gatling_check:orders(Orders) catch Class:Reason:Stack -> broken(Class, Reason, Stack) end).

%% Reads the orders: what differs between the releases, and the facts of this deploy.
orders(File) ->
    {ok, [Changes, Deploy]} = file:consult(File),
    maps:merge(Changes, Deploy).

broken(Class, Reason, Stack) ->
    #{failed => gatling_json:text({Class, Reason, lists:sublist(Stack, 4)})}.

%% ---- install

%% Answers when the new code runs, or when the node has refused. It goes on if the caller dies.
install(OrdersFile) ->
    Orders = orders(OrdersFile),
    Asker = self(),
    {Pid, Ref} = spawn_monitor(fun() -> begin_upgrade(Orders, Asker) end),
    Answer = receive
        {Pid, Installed} -> demonitor(Ref, [flush]), Installed;
        {'DOWN', Ref, _, _, Reason} -> refusal(crashed, Reason)
    end,
    gatling_json:answer(Answer).

refusal(Code, What) ->
    #{ok => false, findings => [gatling_finding:of_terms(Code, What, <<>>)]}.

begin_upgrade(Orders, Asker) ->
    case catch register(?MODULE, self()) of
        true ->
            try gatling_upgrade:install(Orders) of
                {Done, Answer} ->
                    Asker ! {self(), Answer},
                    wait(Orders, Done)
            catch
                throw:{refused, Findings} -> gatling_upgrade:undo(), Asker ! {self(), #{ok => false, findings => Findings}};
                Class:Reason:Stack -> gatling_upgrade:undo(), Asker ! {self(), refusal(crashed, gatling_json:text({Class, Reason, lists:sublist(Stack, 4)}))}
            end;
        _ -> Asker ! {self(), refusal(busy, <<"another upgrade is under way in this node">>)}
    end.

%% ---- watch, revert, commit

wait(#{owner := Owner} = Orders, Done) ->
    receive
        {watch, From} -> From ! {self(), gatling_watch:report(maps:get(watching, Done))}, wait(Orders, Done);
        {commit, From} -> From ! {self(), gatling_upgrade:commit(Orders, Done)};
        {revert, From} -> From ! {self(), gatling_upgrade:revert(Orders, Done)}
    after 1000 ->
        case {is_alive(Owner), is_current(Orders)} of
            {true, _} -> wait(Orders, Done);
            {false, true} -> gatling_upgrade:commit(Orders, Done);
            {false, false} -> gatling_upgrade:revert(Orders, Done)
        end
    end.

%% Tells whether the deploy's process lives. The start time distinguishes it from a later process with its pid (proc(5),
%% field 22 of stat).
is_alive({Pid, Started}) ->
    case file:read_file("/proc/" ++ Pid ++ "/stat") of
        {ok, Stat} ->
            [_, Fields] = string:split(Stat, ") ", trailing),
            [State | _] = Words = string:lexemes(Fields, " "),
            State =/= <<"Z">> andalso binary_to_list(lists:nth(20, Words)) =:= Started;
        {error, _} -> false
    end.

is_current(#{current := Link, release := Release}) ->
    case file:read_link(Link) of
        {ok, Target} -> filename:basename(Target) =:= Release;
        _ -> false
    end.

watch() -> tell(watch, fun nothing/0).
commit() -> tell(commit, fun nothing/0).

%% Reverts. If the upgrade was refused and nobody heard that, there is nothing to do.
revert(From) ->
    tell(revert, fun() -> case os:getenv("RELEASE_ROOT") of From -> #{ok => true, findings => []}; _ -> nothing() end end).

nothing() -> #{ok => false, findings => [gatling_finding:of_terms(idle, <<"no upgrade">>, <<>>)]}.

tell(What, Idle) ->
    gatling_json:answer(case whereis(?MODULE) of
        undefined -> Idle();
        Pid ->
            Ref = monitor(process, Pid),
            Pid ! {What, self()},
            receive
                {Pid, Answer} ->
                    %% The process must be gone before this code is loaded again.
                    What =:= watch orelse receive {'DOWN', Ref, _, _, _} -> ok after 5000 -> ok end,
                    demonitor(Ref, [flush]),
                    Answer;
                {'DOWN', Ref, _, _, Gone} when Gone =:= normal; Gone =:= noproc -> Idle();
                {'DOWN', Ref, _, _, Reason} -> refusal(crashed, Reason)
            end
    end).
