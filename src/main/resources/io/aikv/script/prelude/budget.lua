-- Runs once in every new Lua state, before any script: takes the native libraries away, builds the globals that
-- scripts see, and hands the functions that Java calls back to it. See scripts.md for what each replacement is for.
--
-- What scripts call often is a function of Java's itself (J), not one around it: Lua forgets the caller of a Lua function in
-- "return f()", and with it the line that an error is reported for. What such functions cost they add to COSTS[1].

local J, COSTS, VERSION, VERSION_NUMBER, CONCAT_GUARD, COMPARE_GUARD = ...

local error, type, rawget, rawset, select, tonumber = error, type, rawget, rawset, select, tonumber
local getmetatable, setmetatable, setfenv = getmetatable, setmetatable, setfenv
local native_next, native_pcall, native_xpcall, native_tostring = next, pcall, xpcall, tostring
local native_unpack, native_loadstring, native_ipairs = unpack, loadstring, ipairs
local string, table, math, coroutine = string, table, math, coroutine
local sub, format, match, rep = string.sub, string.format, string.match, string.rep
local concat, floor = table.concat, math.floor
local gc, getinfo, sethook = collectgarbage, debug.getinfo, debug.sethook
local native_create, native_resume = coroutine.create, coroutine.resume

os.setlocale("C", "numeric")
os.setlocale("C", "collate")
os.setlocale("C", "ctype")

local STEP = 100 -- instructions between two calls of the hook
local POLLS = 100 -- calls of the hook between two questions whether the script was killed
local BYTES_PER_STEP = 64
local STOP = "script stopped"
local NO_MEMORY = "not enough memory"
local READ_ONLY = "Attempt to modify a readonly table"

-- The parts of the prelude are one chunk, in the order in which LuaState names them.

-- ---- the budget ----

local left, ceiling, hard, base, last, stopped, polls = 0, 0, false, 0, 0, nil, POLLS
local coroutines = false

local function stop(reason)
    stopped = stopped or reason
    error(STOP, 0)
end

local function charge(steps)
    left = left - steps
    if left < 0 then
        stop("steps")
    end
end

local function used()
    return gc("count") * 1024
end

-- In a state of its own a script may fill what it has thrown away again; elsewhere it is started anew in such a state.
local function full(bytes)
    if not hard then
        stop("memory")
    end
    gc("collect")
    gc("stop")
    last = used()
    if last - base + bytes > ceiling * 0.75 then
        stop("memory")
    end
    charge(floor((last - base) / BYTES_PER_STEP))
end

-- Lua calls it after STEP instructions, with what has happened. Java calls it, with nothing, behind a function of its own that
-- was dear, and run at the end of a script.
local function hook(event)
    local now = used()
    local grown = now - last
    last = now
    left = left - (event and STEP or 0) - COSTS[1]
    COSTS[1] = 0
    if grown > 0 then
        left = left - floor(grown / BYTES_PER_STEP)
    end
    if left < 0 then
        stop("steps")
    end
    if now - base > ceiling then
        full(0)
    end
    polls = polls - 1
    if polls == 0 then
        polls = POLLS
        if J.killed() then
            stop("killed")
        end
    end
end

local function room(bytes)
    if used() - base + bytes > ceiling then
        full(bytes)
    end
end

local function reserve(bytes)
    room(bytes)
    charge(floor(bytes / BYTES_PER_STEP))
end

-- As C takes a number for an int: towards zero, the low 32 bits; nil for what is none.
local function int(v)
    local n = tonumber(v)
    if not n then
        return nil
    elseif n ~= n or n >= 9223372036854775808 or n < -9223372036854775808 then
        return 0
    end
    n = n < 0 and -floor(-n) or floor(n)
    n = n % 4294967296
    return n < 2147483648 and n or n - 4294967296
end

-- ---- what one instruction may do ----

local CHEAP_BYTES = 1024

-- Called by compiled scripts before strings are concatenated, of many with some at a time: whatever the instruction takes
-- must be there before.
local joined = 0

local function size_of(v) -- a number is no longer than that when it is printed
    local t = type(v)
    return t == "string" and #v or t == "number" and 20 or 0
end

local function size_of_more(c, d, e, f, g, h)
    return size_of(c) + size_of(d) + size_of(e) + size_of(f) + size_of(g) + size_of(h)
end

local function before_concat(first, a, b, c, d, e, f, g, h)
    local size = (type(a) == "string" and #a or 20) + (type(b) == "string" and #b or 20)
    if d ~= nil or e ~= nil or f ~= nil or g ~= nil or h ~= nil then
        size = size + size_of_more(c, d, e, f, g, h)
    elseif c ~= nil then
        size = size + (type(c) == "string" and #c or 20)
    end
    joined = first and size or joined + size
    if joined > CHEAP_BYTES then
        room(joined)
    end
end

-- Called by compiled scripts before two values are compared.
local function before_compare(a, b)
    if type(a) == "string" and #a > CHEAP_BYTES and type(b) == "string" then
        charge(floor((#a < #b and #a or #b) / BYTES_PER_STEP))
    end
end

-- ---- errors ----

-- An error that a function of this file or a native called by it raised says nothing of the position here.
local function clean(e)
    if type(e) == "string" and sub(e, 1, 8) == "prelude:" then
        return match(e, "^prelude:%d+: (.*)$") or e
    end
    return e
end

local function is_string(value)
    local t = type(value)
    return t == "string" or t == "number"
end

local function argument(position, name, text)
    error(format("bad argument #%d to '%s' (%s)", position, name, text), 3)
end

-- As Lua names the type of the first of its arguments.
local function got(...)
    return select("#", ...) == 0 and "no value" or type((...))
end

-- Whether e is how a script ends that must: one that Java stopped says so in the same words.
local function is_stop(e)
    if not stopped and e == STOP then
        stopped = J.stopped()
    end
    return stopped
end

-- Calls a native function; its error gets the name and the position that it would have had without this file.
local function checked(name, ok, ...)
    if ok then
        return ...
    end
    local e = ...
    if is_stop(e) then
        error(STOP, 0)
    end
    if type(e) == "string" then
        local head, tail = match(e, "^(bad argument #%d+ to )'%?'(.*)$")
        if head then
            e = head .. "'" .. name .. "'" .. tail
        end
        error(clean(e), 3)
    end
    error(e, 0)
end

local function guarded(name, f)
    return function(...)
        return checked(name, native_pcall(f, ...))
    end
end
