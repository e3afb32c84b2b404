%% Checks inside the running node whether it can be upgraded to another release. It changes nothing.
-module(gatling_check).
-export([orders/1, changing/1, drifted/1, held/1]).

orders(#{migrating := Migrating} = Orders) ->
    Changing = changing(Orders),
    Held = gatling_old_code:purge(Changing),
    #{release => unicode:characters_to_binary(os:getenv("RELEASE_ROOT", "")),
      generation => application:get_env(gatling, generation, 0),
      pending => whereis(gatling_node) =/= undefined,
      otp => list_to_binary(erlang:system_info(otp_release)),
      findings => unsupported() ++ drifted(Orders) ++ held(Held) ++ looping(Orders),
      processes => [#{module => gatling_json:name(Module), count => length([1 || {_, Of} <- Found, Of =:= Module])}
                    || Found <- [gatling_processes:of_modules(Migrating)], Module <- Migrating]}.

changing(#{changed := Changed, removed := Removed, added := Added}) ->
    [Module || #{module := Module} <- Changed ++ Removed ++ Added].

%% Tries everything that an upgrade relies on and OTP does not promise.
unsupported() ->
    Relied = [
        {"code:prepare_loading/1", fun() -> erlang:function_exported(code, prepare_loading, 1) andalso erlang:function_exported(code, finish_loading, 1) end},
        {"init:make_permanent/2", fun() -> erlang:function_exported(init, make_permanent, 2) end},
        {"application_controller:change_application_data/2", fun() -> erlang:function_exported(application_controller, change_application_data, 2) end},
        {"suspending and migrating a process", fun gatling_probe:works/0},
        {"giving a supervisor new children", fun gatling_tree:probe/0}
    ],
    [gatling_finding:of_terms(unsupported, list_to_binary(What), list_to_binary(["OTP ", erlang:system_info(otp_release)]))
     || {What, Works} <- Relied, (try Works() catch _:_ -> false end) =/= true].

%% Compares the running code with the code on disk, because somebody can have loaded other code into this node.
drifted(#{old := #{root := Root}, changed := Changed, removed := Removed, added := Added}) ->
    [gatling_finding:of_terms(node_differs, list_to_binary(Running), <<"it runs another release">>) || Running <- [os:getenv("RELEASE_ROOT", "")], Running =/= Root] ++
    [gatling_finding:of_terms(node_differs, Module, <<"it runs other code than its release">>)
     || #{module := Module, old := File} <- Changed ++ Removed, Loaded <- [gatling_load:loaded(Module)], Loaded =/= none, Loaded =/= gatling_load:md5(File)] ++
    [gatling_finding:of_terms(node_differs, Module, <<"it is loaded already">>) || #{module := Module} <- Added, gatling_load:loaded(Module) =/= none].

held(Held) ->
    [case Why of
         {process, Process} -> gatling_finding:of_terms(old_code_used, Module, Process);
         stored -> gatling_finding:of_terms(closure_stored, Module, <<>>);
         uncounted -> gatling_finding:of_terms(closure_uncounted, Module, list_to_binary(["Erlang/OTP ", erlang:system_info(otp_release)]))
     end || {Module, Why} <- Held].

%% Finds children with their own loop (a Task, a receive), which never leave the code they were started with.
looping(#{own := Own, loops := Loops}) ->
    Children = [Pid || {_, Pid} <- gatling_tree:children(Own), is_pid(Pid)],
    [gatling_finding:of_terms(loop, gatling_processes:describe(Pid), <<>>) || Pid <- still_inside(Children, Loops, 20)].

%% Looks several times: a call leaves the code after a moment, a loop stays.
still_inside(_Pids, [], _Times) -> [];
still_inside(Pids, Loops, Times) ->
    case gatling_old_code:inside(Pids, Loops) of
        [] -> [];
        Inside when Times =:= 0 -> Inside;
        Inside ->
            receive after 10 -> ok end,
            still_inside(Inside, Loops, Times - 1)
    end.
