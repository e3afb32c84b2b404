%% What is done inside the running node: it is taken from the release it runs to another one.
%%
%%   check    can it be done, as far as the node itself can tell; changes nothing
%%   install  the new code runs; the old code is still there
%%   watch    what has gone wrong since
%%   revert   back to the old code, with the state as it was before
%%   commit   the old code is removed; from now on the node is one of the new release
%%
%% A process of its own does all of it and stays until it is told to commit or revert. When the deploy dies before that, it
%% does what the link `current` says.
-module(gatling_node).
-export([check/1, install/1, watch/0, revert/1, commit/0]).

%% ---- check

check(OrdersFile) ->
    Orders = orders(OrdersFile),
    gatling_json:answer(try gatling_check:orders(Orders) catch Class:Reason:Stack -> broken(Class, Reason, Stack) end).

%% What differs between the releases, and what is so of this deploy only.
orders(File) ->
    {ok, [Changes, Deploy]} = file:consult(File),
    maps:merge(Changes, Deploy).

broken(Class, Reason, Stack) ->
    #{failed => gatling_json:text({Class, Reason, lists:sublist(Stack, 4)})}.

%% ---- install

%% Answers when the new code runs, or when nothing was changed. It goes on if the asker dies.
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

%% The deploy's process, told apart from a later one of its number by when it was started (proc(5), field 22 of stat).
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

%% Nothing is left to do when the upgrade was refused, and nobody was there to hear it.
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
                    %% Gone before anybody loads this code again.
                    What =:= watch orelse receive {'DOWN', Ref, _, _, _} -> ok after 5000 -> ok end,
                    demonitor(Ref, [flush]),
                    Answer;
                {'DOWN', Ref, _, _, Gone} when Gone =:= normal; Gone =:= noproc -> Idle();
                {'DOWN', Ref, _, _, Reason} -> refusal(crashed, Reason)
            end
    end).
