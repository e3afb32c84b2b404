%% A test process, on which the engine tries what an upgrade relies on.
-module(gatling_probe).
-behaviour(gen_server).
-export([start_link/0, works/0, closure/0, closure/1, init/1, handle_call/3, handle_cast/2, code_change/3]).

start_link() -> gen_server:start_link(?MODULE, first, []).

%% Tells whether processes can be found, suspended, migrated and set back on this OTP.
works() ->
    {ok, Pid} = gen_server:start_link(?MODULE, first, []),
    true = unlink(Pid),
    try
        [{Pid, ?MODULE}] = gatling_processes:of_modules([?MODULE]),
        {ok, Suspended} = gatling_processes:suspend([{Pid, ?MODULE}], 1000),
        ok = gatling_processes:migrate(Suspended, #{?MODULE => <<"1">>}, up),
        changed = sys:get_state(Pid),
        ok = gatling_processes:restore(Suspended),
        ok = gatling_processes:resume(Suspended),
        sys:get_state(Pid) =:= first
    after
        exit(Pid, kill)
    end.

%% Returns a closure without an environment, or with one. The VM can keep the two kinds in different ways.
closure() -> fun() -> nothing end.
closure(Something) -> fun() -> Something end.

init(State) -> {ok, State}.
handle_call(_, _, State) -> {reply, ok, State}.
handle_cast(_, State) -> {noreply, State}.
code_change(<<"1">>, first, _) -> {ok, changed}.
