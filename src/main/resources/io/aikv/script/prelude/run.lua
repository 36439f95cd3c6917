-- ---- what Java calls ----

local function handler(e)
    if is_stop(e) then
        return STOP
    elseif e == NO_MEMORY then
        stopped = "fatal"
        return STOP
    end
    if type(e) ~= "table" or frozen[e] then
        e = { err = "ERR " .. tostring(clean(e)) }
    end
    local level = 2
    local info = getinfo(level, "Sl")
    while info and (info.source == "=prelude" or info.what == "C" or info.what == "tail") do
        level = level + 1
        info = getinfo(level, "Sl")
    end
    if info then
        rawset(e, "source", info.source)
        rawset(e, "line", info.currentline)
    end
    return e
end

-- Nothing of a script is left for the next.
local function forget()
    K.KEYS, K.ARGV, ids, walked, walked_keys, registered = nil, nil, nil, nil, nil, nil
    function_meta.__index = FK
end

-- Runs f under a budget; answers whether it went well, the value or the error, why it had to stop (or nil), and
-- whether the state is still good for other scripts.
local function run(f, steps, bytes, is_hard, chance, keys, args, name)
    left, ceiling, hard, stopped, polls, coroutines = steps, bytes, is_hard, nil, POLLS, false
    ids, id_count = setmetatable({}, { __mode = "k" }), 0
    COSTS[1] = 0
    seed(chance)
    reset_cjson() -- another replica may never have run the script that has changed it
    local body = f
    if name == nil then
        K.KEYS, K.ARGV = keys, args
        function_globals = nil
    else
        function_globals = fenv
        body = function()
            load_library(f)
            if name == true then
                return registered_order
            end
            local found = registered[name]
            if not found then
                error(error_table("ERR Function not found"), 0)
            end
            return found(keys, args)
        end
    end
    base = used()
    last = base
    sethook(hook, "", STEP)
    local ok, value = native_xpcall(body, handler)
    sethook()
    native_pcall(hook) -- What has come since the last: else the end would depend on when that was.
    forget()
    return ok, value, stopped, not coroutines
end

-- The hook may come between the end of the script and that of run: Java has taken it away then.
local function abandon()
    forget()
    return stopped
end

-- What a table means as a reply: its kind, and what Java needs of it.
local function shape(t)
    local v = rawget(t, "err")
    if type(v) == "string" then
        return 1, v
    end
    v = rawget(t, "ok")
    if type(v) == "string" then
        return 2, v
    end
    v = rawget(t, "double")
    if type(v) == "number" then
        return 3, v
    end
    v = rawget(t, "big_number")
    if type(v) == "string" then
        return 4, v
    end
    v = rawget(t, "verbatim_string")
    if type(v) == "table" and type(rawget(v, "format")) == "string" and type(rawget(v, "string")) == "string" then
        return 5, rawget(v, "string"), rawget(v, "format")
    end
    v = rawget(t, "map")
    if type(v) == "table" then
        return 6, v
    end
    v = rawget(t, "set")
    if type(v) == "table" then
        return 7, v
    end
    return 0
end

return run, abandon, sethook, hook, keys_of, shape, env, fenv
