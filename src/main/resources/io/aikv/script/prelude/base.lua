-- ---- base functions ----

local ids, id_count = nil, 0

local function tostring(...)
    local v = ...
    if select("#", ...) == 0 then
        argument(1, "tostring", "value expected")
    end
    local kind = type(v)
    if kind == "string" then
        return v
    end
    if kind == "table" or kind == "function" or kind == "thread" then
        local meta = getmetatable(v)
        if type(meta) == "table" and rawget(meta, "__tostring") ~= nil then
            return native_tostring(v)
        end
        local id = ids[v]
        if not id then
            id_count = id_count + 1
            id = id_count
            ids[v] = id
        end
        return format("%s: 0x%08x", kind, id)
    end
    return native_tostring(v)
end

-- An error may be that of a hook which had no room in the stack, and has counted nothing: so each that is caught is paid for.
local function caught(plain, ok, ...)
    if stopped then
        error(STOP, 0)
    end
    if ok then
        return true, ...
    end
    local e = ...
    if is_stop(e) then
        error(STOP, 0)
    end
    if e == NO_MEMORY then
        stop("fatal")
    end
    hook(true)
    if plain and type(e) == "table" and is_string(rawget(e, "err")) then
        e = rawget(e, "err")
    end
    return false, clean(e)
end

local function pcall(...)
    if select("#", ...) == 0 then
        argument(1, "pcall", "value expected")
    end
    return caught(true, native_pcall(...))
end

local HANDLER_TRIES = 200 -- as deep as Lua goes when a handler fails

-- The handler runs when the function has been left: where the error was raised may be within the hook (there is no room for
-- it deep in the stack), and nothing interrupts a handler there. No script can see the difference: it has no traceback.
local function handled(handler, ok, ...)
    if ok then
        return true, ...
    end
    local e = ...
    for _ = 1, HANDLER_TRIES do
        local done, value = caught(false, native_pcall(handler, e))
        if done then
            return false, value
        end
        e = value
    end
    return false, "error in error handling"
end

local function xpcall(...)
    if select("#", ...) < 2 then
        argument(2, "xpcall", "value expected")
    end
    local f, handler = ...
    return handled(handler, caught(false, native_pcall(f)))
end

-- No script may raise what Lua itself raises when there is no memory left: that stops the node.
local function own(e)
    return e == NO_MEMORY and NO_MEMORY .. "." or e
end

local function get_metatable(...)
    local v = ...
    if select("#", ...) == 0 then
        argument(1, "getmetatable", "value expected")
    end
    if frozen[v] or v == env or v == fenv then
        return nil
    end
    return getmetatable(v)
end

local function set_metatable(...)
    local t, m = ...
    writable(t)
    if m ~= nil and type(m) ~= "table" or type(t) ~= "table" or select("#", ...) < 2 then
        return checked("setmetatable", native_pcall(setmetatable, ...))
    end
    if getmetatable(t) ~= nil then
        local ok, e = native_pcall(setmetatable, t, m)
        if not ok then
            error(clean(e), 2) -- It is protected.
        end
        return t
    end
    return setmetatable(t, m)
end

local function raw_set(...)
    writable((...))
    return checked("rawset", native_pcall(rawset, ...))
end

local function raw_get(t, ...)
    if type(t) ~= "table" then
        return checked("rawget", native_pcall(rawget, t, ...))
    end
    return checked("rawget", native_pcall(rawget, real(t), ...))
end

local function unpack(...)
    local t, i, j = ...
    if type(t) ~= "table" then
        argument(1, "unpack", "table expected, got " .. got(...))
    elseif i ~= nil and not tonumber(i) or j ~= nil and not tonumber(j) then
        return checked("unpack", native_pcall(native_unpack, ...))
    end
    local n = (tonumber(j) or #t) - (tonumber(i) or 1) + 1
    if n >= 8000 then
        error("too many results to unpack", 2)
    end
    if n > 8 then
        charge(floor(n / 4))
    end
    return native_unpack(t, i, j)
end

local function compile(text, name)
    name = match(name or text, "^[^%z]*")
    if sub(text, 1, 1) == "\27" then
        text = " " .. text
    end
    reserve(#text * 16)
    local f, e = native_loadstring(text, name)
    if not f then
        return nil, e
    end
    f, e = J.harden(f)
    if not f then
        return nil, e
    end
    return setfenv(f, function_globals or env)
end

local function loadstring(...)
    local text, name = ...
    if not is_string(text) then
        argument(1, "loadstring", "string expected, got " .. got(...))
    end
    return compile(native_tostring(text), name ~= nil and native_tostring(name) or nil)
end

local function load(...)
    local f, name = ...
    if type(f) ~= "function" then
        argument(1, "load", "function expected, got " .. got(...))
    end
    local parts = {}
    while true do
        local part = f()
        if part == nil or part == "" then
            break
        end
        if not is_string(part) then
            return nil, "reader function must return a string"
        end
        parts[#parts + 1] = part
    end
    return compile(concat(parts), name ~= nil and native_tostring(name) or "=(load)")
end

local OPTIONS = { stop = 0, restart = 0, collect = 0, count = 64, step = true, setpause = 200, setstepmul = 200 }

-- How much memory is in use differs between replicas, and so must not be told.
local function collectgarbage(option)
    option = option == nil and "collect" or option
    if not is_string(option) then -- An address must not be told either.
        argument(1, "collectgarbage", "string expected, got " .. type(option))
    end
    local answer = OPTIONS[option]
    if answer == nil then
        argument(1, "collectgarbage", "invalid option '" .. native_tostring(option) .. "'")
    end
    return answer
end
