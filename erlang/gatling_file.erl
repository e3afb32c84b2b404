%% Writes files that survive a power cut. A file whose content is not on the disk yet would be empty after it
%% (fsync(2)).
-module(gatling_file).
-export([write/2, replace/3]).

write(File, Content) ->
    {ok, Device} = file:open(File, [write, raw, binary]),
    ok = file:write(Device, Content),
    ok = file:sync(Device),
    ok = file:close(Device).

%% Replaces a file in one step, so that a reader finds the whole file or none.
replace(File, Mode, Content) ->
    Beside = lists:append([File, ".", os:getpid(), ".new"]),
    ok = write(Beside, Content),
    ok = file:change_mode(Beside, Mode),
    ok = file:rename(Beside, File).
