-- Runs once in every new Lua state, before any script: takes the native libraries away, builds the globals that
-- scripts see, and hands the functions that Java calls back to it. See scripts.md for what each replacement is for.
--
-- What scripts call often is a function of Java's itself (J), not one around it: Lua forgets the caller of a Lua function in
-- "return f()", and with it the line that an error is reported for. What such functions cost they add to COSTS[1].

local J, COSTS, VERSION, VERSION_NUMBER = ...

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

local STEP = 10 -- instructions between two calls of the hook
local POLLS = 1000 -- calls of the hook between two questions whether the script was killed
local BYTES_PER_STEP = 64
local STOP = "script stopped"
local NO_MEMORY = "not enough memory"
local READ_ONLY = "Attempt to modify a readonly table"

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

local function hook()
    local now = used()
    local grown = now - last
    last = now
    left = left - STEP - COSTS[1]
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

local function reserve(bytes)
    if used() - base + bytes > ceiling then
        full(bytes)
    end
    charge(floor(bytes / BYTES_PER_STEP))
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

-- ---- read-only tables ----

local frozen = setmetatable({}, { __mode = "k" })

local function readonly()
    error(READ_ONLY, 2)
end

local function freeze(real)
    local proxy = setmetatable({}, { __index = real, __newindex = readonly, __metatable = false })
    frozen[proxy] = real
    return proxy
end

local function writable(t)
    if frozen[t] then
        error(READ_ONLY, 0)
    end
end

local K, FK, env, fenv, G, function_globals = {}, {}, {}, {}, {}, nil

local function real(t)
    local found = frozen[t]
    if t == env or t == fenv then
        found = {}
        for k, v in native_next, G do
            found[k] = v
        end
        for k, v in native_next, (t == env and K or FK) do
            found[k] = v
        end
    end
    return found or t
end

-- ---- iteration in an order that depends on the keys alone ----

-- The algorithm of Lua's own sort, here where its steps are counted.
local function less_than(a, b)
    return a < b
end

local function auxsort(t, lo, up, less)
    while lo < up do
        local a, b = t[lo], t[up]
        if less(b, a) then
            t[lo], t[up] = b, a
        end
        if up - lo == 1 then
            break
        end
        local i = floor((lo + up) / 2)
        a, b = t[i], t[lo]
        if less(a, b) then
            t[i], t[lo] = b, a
        else
            b = t[up]
            if less(b, a) then
                t[i], t[up] = b, a
            end
        end
        if up - lo == 2 then
            break
        end
        local p = t[i]
        t[i], t[up - 1] = t[up - 1], p
        local j
        i, j = lo, up - 1
        while true do
            i = i + 1
            while less(t[i], p) do
                if i > up then
                    error("invalid order function for sorting", 0)
                end
                i = i + 1
            end
            j = j - 1
            while less(p, t[j]) do
                if j < lo then
                    error("invalid order function for sorting", 0)
                end
                j = j - 1
            end
            if j < i then
                break
            end
            t[i], t[j] = t[j], t[i]
        end
        t[up - 1], t[i] = t[i], t[up - 1]
        if i - lo < up - i then
            auxsort(t, lo, i - 1, less)
            lo = i + 1
        else
            auxsort(t, i + 1, up, less)
            up = i - 1
        end
    end
end

-- The keys of t as an array and their number. The order is the one that a new table has into which the sorted keys were
-- put: mostly that of Redis, and the same on every replica. Addresses have no part in it, so they must not be keys.
local function keys_of(t)
    local all, n, sequence = {}, 0, true
    for k in native_next, t do
        n = n + 1
        all[n] = k
        if k ~= n then
            sequence = false
        end
    end
    if sequence then
        return all, n
    end
    local numbers, strings, fresh = {}, {}, {}
    for i = 1, n do
        local k = all[i]
        local kind = type(k)
        if kind == "string" then
            strings[#strings + 1] = k
        elseif kind == "number" then
            numbers[#numbers + 1] = k
        elseif kind ~= "boolean" then
            error("a table with a " .. kind .. " as a key has no order that is the same on every replica", 0)
        end
    end
    auxsort(numbers, 1, #numbers, less_than)
    auxsort(strings, 1, #strings, less_than)
    for i = 1, #numbers do
        fresh[numbers[i]] = true
    end
    for i = 1, #strings do
        fresh[strings[i]] = true
    end
    if rawget(t, false) ~= nil then
        fresh[false] = true
    end
    if rawget(t, true) ~= nil then
        fresh[true] = true
    end
    n = 0
    for k in native_next, fresh do
        n = n + 1
        all[n] = k
    end
    return all, n
end

local function pairs(t)
    t = real(t)
    if type(t) ~= "table" then
        argument(1, "pairs", "table expected, got " .. (t == nil and "nil" or type(t)))
    end
    local keys, n = keys_of(t)
    local i = 0
    return function()
        while i < n do
            i = i + 1
            local k = keys[i]
            local v = rawget(t, k)
            if v ~= nil then
                return k, v
            end
        end
        return nil
    end, t, nil
end

local walked, walked_keys, walked_count, walked_at

local function next(t, k)
    t = real(t)
    if type(t) ~= "table" then
        argument(1, "next", "table expected, got " .. (t == nil and "no value" or type(t)))
    end
    if k == nil then
        if native_next(t) == nil then
            return nil
        end
        walked, walked_at = t, 0
        walked_keys, walked_count = keys_of(t)
    elseif walked ~= t or walked_keys[walked_at] ~= k then
        walked, walked_at = t, 0
        walked_keys, walked_count = keys_of(t)
        repeat
            walked_at = walked_at + 1
        until walked_keys[walked_at] == k or walked_at > walked_count
        if walked_at > walked_count then
            error("invalid key to 'next'", 0)
        end
    end
    while walked_at < walked_count do
        walked_at = walked_at + 1
        local v = rawget(t, walked_keys[walked_at])
        if v ~= nil then
            return walked_keys[walked_at], v
        end
    end
    return nil
end

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

-- The end of a script is raised within the hook, and a handler that is called there is not interrupted by it.
local function xpcall(f, handler)
    return caught(false, native_xpcall(f, function(e)
        if is_stop(e) then
            return STOP
        end
        return handler(clean(e))
    end))
end

-- No script may raise what Lua itself raises when there is no memory left: that stops the node.
local function own(e)
    return e == NO_MEMORY and NO_MEMORY .. "." or e
end

local function get_metatable(v)
    if frozen[v] or v == env or v == fenv then
        return nil
    end
    return getmetatable(v)
end

local function set_metatable(t, m)
    writable(t)
    if m ~= nil and type(m) ~= "table" or type(t) ~= "table" then
        return checked("setmetatable", native_pcall(setmetatable, t, m))
    end
    return setmetatable(t, m)
end

local function raw_set(t, k, v)
    writable(t)
    return checked("rawset", native_pcall(rawset, t, k, v))
end

local function raw_get(t, k)
    return checked("rawget", native_pcall(rawget, real(t), k))
end

local function unpack(t, i, j)
    if type(t) ~= "table" then
        argument(1, "unpack", "table expected, got " .. (t == nil and "nil" or type(t)))
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
    local problem = J.unsafe(f)
    if problem then
        return nil, problem
    end
    return setfenv(f, function_globals or env)
end

local function loadstring(text, name)
    if not is_string(text) then
        argument(1, "loadstring", "string expected, got " .. (text == nil and "no value" or type(text)))
    end
    return compile(native_tostring(text), name ~= nil and native_tostring(name) or nil)
end

local function load(f, name)
    if type(f) ~= "function" then
        argument(1, "load", "function expected, got " .. (f == nil and "no value" or type(f)))
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
    local answer = OPTIONS[option]
    if answer == nil then
        argument(1, "collectgarbage", "invalid option '" .. native_tostring(option) .. "'")
    end
    return answer
end

-- ---- string ----

local strings = {}
for _, name in native_ipairs({ "byte", "char", "dump", "format", "len", "lower", "reverse", "sub", "upper" }) do
    strings[name] = string[name]
end

function strings.rep(...)
    local s, n = ...
    if is_string(s) and tonumber(n) then
        reserve(#native_tostring(s) * (tonumber(n) > 0 and tonumber(n) or 0))
    end
    return checked("rep", native_pcall(rep, ...))
end

strings.find, strings.match = J.find, J.match

function strings.gsub(s, p, r, n)
    local kind = type(r)
    if kind == "string" or kind == "number" then
        return J.gsub(s, p, native_tostring(r), n)
    end
    local flat, total, text = J.matches(s, p, n, true, kind)
    local out, count, after, i, found = {}, 0, 1, 1, 0
    while i <= total do
        local from, to, captures = flat[i], flat[i + 1], flat[i + 2]
        local v
        if kind == "table" then
            v = r[flat[i + 3]]
        else
            v = r(native_unpack(flat, i + 3, i + 2 + captures))
        end
        if not v then
            v = sub(text, from, to)
        elseif not is_string(v) then
            error("invalid replacement value (a " .. type(v) .. ")", 2)
        end
        out[count + 1] = sub(text, after, from - 1)
        out[count + 2] = v
        count = count + 2
        after = to + 1
        i = i + 3 + captures
        found = found + 1
    end
    out[count + 1] = sub(text, after)
    local size = 0
    for k = 1, #out do
        size = size + #native_tostring(out[k])
    end
    reserve(size)
    return concat(out), found
end

function strings.gmatch(s, p)
    if not is_string(s) or not is_string(p) then
        local at = is_string(s) and 2 or 1
        local v = at == 1 and s or p
        argument(at, "gmatch", "string expected, got " .. (v == nil and "no value" or type(v)))
    end
    local flat, total, i = nil, 0, 1
    return function()
        if not flat then
            flat, total = J.matches(s, p, nil, false, "iterator")
        end
        if i > total then
            return nil
        end
        local from, captures = i + 3, flat[i + 2]
        i = from + captures
        return native_unpack(flat, from, i - 1)
    end
end
strings.gfind = strings.gmatch

local string_meta = getmetatable("")
string_meta.__index = strings
string_meta.__metatable = freeze({ __index = freeze(strings) })

-- ---- table ----

local tables = { getn = table.getn, maxn = guarded("maxn", table.maxn), setn = guarded("setn", table.setn) }

local function need_table(t, name)
    if type(t) ~= "table" then
        error(format("bad argument #1 to '%s' (table expected, got %s)", name, t == nil and "no value" or type(t)), 3)
    end
    writable(t)
end

function tables.insert(...)
    local t, position = ...
    need_table(t, "insert")
    if select("#", ...) == 3 and tonumber(position) then
        local moved = #t - position
        if moved > 0 then
            charge(floor(moved / 2))
        end
    end
    return checked("insert", native_pcall(table.insert, ...))
end

function tables.remove(...)
    local t, position = ...
    need_table(t, "remove")
    if tonumber(position) then
        local moved = #t - position
        if moved > 0 and position > 0 then
            charge(floor(moved / 2))
        elseif moved > 0 then
            return nil
        end
    end
    return checked("remove", native_pcall(table.remove, ...))
end

function tables.concat(...)
    local t, separator, i, j = ...
    if type(t) ~= "table" then
        argument(1, "concat", "table expected, got " .. (t == nil and "nil" or type(t)))
    end
    if (separator == nil or is_string(separator)) and (i == nil or tonumber(i)) and (j == nil or tonumber(j)) then
        local size, between = 0, separator and #native_tostring(separator) or 0
        for k = tonumber(i) or 1, tonumber(j) or #t do
            local v = rawget(t, k)
            if not is_string(v) then
                break
            end
            size = size + between + (type(v) == "string" and #v or 20)
        end
        reserve(size)
    end
    return checked("concat", native_pcall(concat, ...))
end

function tables.sort(t, less)
    need_table(t, "sort")
    if less ~= nil and type(less) ~= "function" then
        argument(2, "sort", "function expected, got " .. type(less))
    end
    auxsort(t, 1, #t, less or less_than)
end

function tables.foreach(t, f)
    for k, v in pairs(t) do
        local result = f(k, v)
        if result ~= nil then
            return result
        end
    end
end

function tables.foreachi(t, f)
    for i = 1, #t do
        local result = f(i, t[i])
        if result ~= nil then
            return result
        end
    end
end

-- ---- math ----

local numbers = {}
for name, f in native_next, math do
    numbers[name] = f
end

-- Redis' own generator, that of lrand48. Every entry seeds it anew.
local high, low = 0, 0

local function seed(n)
    n = n % 4294967296
    high, low = floor(n / 256), (n % 256) * 65536 + 0x330E
end

local function random_bits()
    local product = low * 0xECE66D + 0xB
    local carry = floor(product / 16777216)
    high, low = (high * 0xECE66D + low * 0x5DE + carry) % 16777216, product % 16777216
    return high * 128 + floor(low / 131072)
end

local function integer(v, position, name)
    local n = tonumber(v)
    if not n then
        error(format("bad argument #%d to '%s' (number expected, got %s)", position, name,
            v == nil and "no value" or type(v)), 3)
    end
    return n < 0 and -floor(-n) or floor(n)
end

function numbers.random(...)
    local count = select("#", ...)
    local r = random_bits() % 2147483647 / 2147483647
    if count == 0 then
        return r
    elseif count == 1 then
        local u = integer((...), 1, "random")
        if u < 1 then
            argument(1, "random", "interval is empty")
        end
        return floor(r * u) + 1
    elseif count == 2 then
        local l, u = ...
        l, u = integer(l, 1, "random"), integer(u, 2, "random")
        if l > u then
            argument(2, "random", "interval is empty")
        end
        return floor(r * (u - l + 1)) + l
    end
    error("wrong number of arguments", 2)
end

function numbers.randomseed(n)
    seed(integer(n, 1, "randomseed"))
end

-- ---- coroutine ----

local coroutine_functions = { running = coroutine.running, yield = coroutine.yield }

local function create(f)
    if type(f) ~= "function" then
        argument(1, "create", "Lua function expected")
    end
    charge(100)
    coroutines = true
    local co = checked("create", native_pcall(native_create, f))
    sethook(co, hook, "", STEP)
    return co
end

coroutine_functions.create = create
coroutine_functions.status = guarded("status", coroutine.status)

local function resumed(ok, ...)
    if stopped or not ok and is_stop((...)) then
        error(STOP, 0)
    end
    if ok then
        return true, ...
    end
    if (...) == NO_MEMORY then
        stop("fatal")
    end
    return false, clean((...))
end

function coroutine_functions.resume(co, ...)
    if type(co) ~= "thread" then
        argument(1, "resume", "coroutine expected")
    end
    return resumed(native_resume(co, ...))
end

local function wrapped(ok, ...)
    if ok then
        return ...
    end
    local e = ...
    error(own(e), type(e) == "string" and 3 or 0)
end

function coroutine_functions.wrap(f)
    local co = create(f)
    return function(...)
        return wrapped(resumed(native_resume(co, ...)))
    end
end

-- ---- redis ----

local function error_table(message)
    return { err = message }
end

local function error_of(line)
    line = match(line, "^[^%z]*")
    if sub(line, 1, 1) ~= "-" then
        line = "-" .. line
    end
    local code, message = match(line, "^%-([^ ]*) (.*)$")
    if not code then
        code, message = "ERR", sub(line, 2)
    end
    message = match(match(message, "^[\r\n]*(.*)$"), "^(.-)[\r\n]*$")
    return error_table(code .. " " .. message)
end

local function fail(message)
    error(error_table("ERR " .. message), 0)
end

local redis = {
    REDIS_VERSION = VERSION,
    REDIS_VERSION_NUM = VERSION_NUMBER,
    LOG_DEBUG = 0,
    LOG_VERBOSE = 1,
    LOG_NOTICE = 2,
    LOG_WARNING = 3,
    REPL_NONE = 0,
    REPL_AOF = 1,
    REPL_SLAVE = 2,
    REPL_REPLICA = 2,
    REPL_ALL = 3,
}

redis.call, redis.pcall, redis.acl_check_cmd = J.call, J.pcall, J.allowed

function redis.error_reply(...)
    if select("#", ...) ~= 1 or type((...)) ~= "string" then
        return error_table("ERR wrong number or type of arguments")
    end
    return error_of((...))
end

function redis.status_reply(...)
    if select("#", ...) ~= 1 or type((...)) ~= "string" then
        return error_table("ERR wrong number or type of arguments")
    end
    return { ok = (...) }
end

function redis.sha1hex(...)
    if select("#", ...) ~= 1 then
        fail("wrong number of arguments")
    end
    return J.sha1hex(...)
end

function redis.log(...)
    local level = ...
    if select("#", ...) < 2 then
        fail("redis.log() requires two arguments or more.")
    elseif not tonumber(level) then
        fail("First argument must be a number (log level).")
    elseif tonumber(level) < 0 or tonumber(level) >= 4 then
        fail("Invalid debug level.")
    end
    J.log(...)
end

function redis.setresp(...)
    if select("#", ...) ~= 1 then
        fail("redis.setresp() requires one argument.")
    end
    local version = tonumber((...)) or 0
    if floor(version) ~= 2 and floor(version) ~= 3 then
        fail("RESP version must be 2 or 3.")
    end
    J.setresp(floor(version))
end

function redis.set_repl(...)
    if select("#", ...) ~= 1 then
        fail("redis.set_repl() requires two arguments.")
    end
    local flags = floor(tonumber((...)) or 0)
    if flags < 0 or flags > 3 then
        fail("Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.")
    end
end

function redis.replicate_commands()
    return true
end

function redis.breakpoint()
    return false
end

function redis.debug() end

-- ---- the libraries that Redis adds ----

local null = J.null
local new_cjson
function new_cjson()
    local one = { null = null, _NAME = "cjson", _VERSION = "2.1.0" }
    local options = {}
    local function reset()
        options.encode_sparse_convert = false
        options.encode_sparse_ratio = 2
        options.encode_sparse_safe = 10
        options.encode_max_depth = 1000
        options.decode_max_depth = 1000
        options.encode_invalid_numbers = "off"
        options.decode_invalid_numbers = "on"
        options.encode_number_precision = 14
        options.encode_keep_buffer = true
    end
    reset()
    local function whole(v, name, at, min, max)
        local n = tonumber(v)
        if not n then
            error(format("bad argument #%d to '%s' (number expected, got %s)", at, name, type(v)), 4)
        end
        n = floor(n)
        if n < min or n > max then
            error(format("bad argument #%d to '%s' (expected integer between %d and %d)", at, name, min, max), 4)
        end
        return n
    end
    local function number_option(name, min, max)
        one[name] = function(v)
            if v ~= nil then
                options[name] = whole(v, name, 1, min, max)
            end
            return options[name]
        end
    end
    number_option("encode_max_depth", 1, 2147483647)
    number_option("decode_max_depth", 1, 2147483647)
    number_option("encode_number_precision", 1, 14)
    local function switch(name, third)
        one[name] = function(v)
            if v ~= nil then
                if type(v) == "boolean" then
                    options[name] = v and "on" or "off"
                elseif v == "on" or v == "off" or v == third then
                    options[name] = v
                else
                    argument(1, name, "invalid option '" .. native_tostring(v) .. "'")
                end
            end
            local now = options[name]
            if now == "on" then
                return true
            elseif now == "off" then
                return false
            end
            return now
        end
    end
    switch("encode_invalid_numbers", "null")
    switch("decode_invalid_numbers")
    function one.encode_keep_buffer(v)
        if v ~= nil then
            options.encode_keep_buffer = v == true or v == "on"
        end
        return options.encode_keep_buffer
    end
    function one.encode_sparse_array(convert, ratio, safe)
        if convert ~= nil then
            options.encode_sparse_convert = convert == true or convert == "on"
        end
        if ratio ~= nil then
            options.encode_sparse_ratio = whole(ratio, "encode_sparse_array", 2, 0, 2147483647)
        end
        if safe ~= nil then
            options.encode_sparse_safe = whole(safe, "encode_sparse_array", 3, 0, 2147483647)
        end
        return options.encode_sparse_convert, options.encode_sparse_ratio, options.encode_sparse_safe
    end
    function one.encode(...)
        if select("#", ...) ~= 1 then
            argument(1, "encode", "expected 1 argument")
        end
        return J.json_encode((...), options.encode_sparse_convert, options.encode_sparse_ratio,
            options.encode_sparse_safe, options.encode_max_depth, options.encode_invalid_numbers,
            options.encode_number_precision)
    end
    function one.decode(...)
        if select("#", ...) ~= 1 then
            argument(1, "decode", "expected 1 argument")
        end
        return J.json_decode((...), options.decode_max_depth, options.decode_invalid_numbers == "on")
    end
    function one.new()
        return (new_cjson())
    end
    return one, reset
end

local cmsgpack = {
    pack = J.pack,
    unpack = J.unpack,
    unpack_one = J.unpack_one,
    unpack_limit = J.unpack_limit,
    _NAME = "cmsgpack",
    _VERSION = "lua-cmsgpack 0.4.0",
    _COPYRIGHT = "Copyright (C) 2012, Redis Ltd.",
    _DESCRIPTION = "MessagePack C implementation for Lua",
}

local struct = { pack = J.struct_pack, unpack = J.struct_unpack, size = J.struct_size }

local bit = {}
for _, name in native_ipairs({
    "tobit", "bnot", "band", "bor", "bxor", "lshift", "rshift", "arshift", "rol", "ror", "bswap", "tohex",
}) do
    bit[name] = J["bit_" .. name]
end

-- ---- globals ----

local function nonexistent(_, name)
    if not is_string(name) then
        error("Second argument to luaProtectedTableError must be a string or number", 2)
    end
    error("Script attempted to access nonexistent global variable '" .. native_tostring(name) .. "'", 2)
end

local cjson, reset_cjson = new_cjson()
G.cjson = freeze(cjson)
G.redis = freeze(redis)
G.server = G.redis
G.string, G.table, G.math = freeze(strings), freeze(tables), freeze(numbers)
G.coroutine = freeze(coroutine_functions)
G.cmsgpack, G.struct, G.bit = freeze(cmsgpack), freeze(struct), freeze(bit)
G.assert, G.collectgarbage, G.error, G.getmetatable = J.assert, collectgarbage, J.error, get_metatable
G.gcinfo = function()
    return 64
end
G.ipairs = native_ipairs
G.load, G.loadstring, G.next, G.pairs, G.pcall, G.rawequal = load, loadstring, next, pairs, pcall, rawequal
G.rawget, G.rawset, G.select, G.setmetatable = raw_get, raw_set, select, set_metatable
G.tonumber, G.tostring, G.type, G.unpack, G.xpcall = tonumber, tostring, type, unpack, xpcall
G._VERSION = _VERSION
setmetatable(G, { __index = nonexistent })

K._G, FK._G = env, fenv
setmetatable(K, { __index = G })
setmetatable(FK, { __index = G })
setmetatable(env, { __index = K, __newindex = readonly, __metatable = false })
local function_meta = { __index = FK, __newindex = readonly, __metatable = false }
setmetatable(fenv, function_meta)
frozen[env], frozen[fenv] = K, FK

-- ---- function libraries ----

local registered, registered_order

local function register(name, callback, description, flags)
    if type(name) ~= "string" or not match(name, "^[%w_]+$") then
        fail("Library names can only contain letters, numbers, or underscores(_) and must be at least one character long")
    elseif registered[name] then
        fail("Function already exists in the library")
    end
    registered[name] = callback
    registered_order[#registered_order + 1] = { name, description, flags }
end

local KNOWN_FLAGS = {
    ["no-writes"] = true, ["allow-oom"] = true, ["allow-stale"] = true, ["no-cluster"] = true,
    ["allow-cross-slot-keys"] = true,
}

local function read_flags(list)
    local flags = {}
    for i = 1, #list do
        local flag = list[i]
        local known = is_string(flag) and string.lower(flag)
        if not known or not KNOWN_FLAGS[known] then
            fail("unknown flag given")
        end
        flags[#flags + 1] = known
    end
    return flags
end

local function register_named(given)
    if type(given) ~= "table" then
        fail("calling redis.register_function with a single argument is only applicable to Lua table"
            .. " (representing named arguments).")
    end
    local name, callback, description, flags
    local keys, n = keys_of(given)
    for i = 1, n do
        local key, v = keys[i], given[keys[i]]
        if not is_string(key) then
            fail("named argument key given to redis.register_function is not a string")
        end
        key = string.lower(key)
        if key == "function_name" then
            if not is_string(v) then
                fail("function_name argument given to redis.register_function must be a string")
            end
            name = native_tostring(v)
        elseif key == "description" then
            if not is_string(v) then
                fail("description argument given to redis.register_function must be a string")
            end
            description = native_tostring(v)
        elseif key == "callback" then
            if type(v) ~= "function" then
                fail("callback argument given to redis.register_function must be a function")
            end
            callback = v
        elseif key == "flags" then
            if type(v) ~= "table" then
                fail("flags argument to redis.register_function must be a table representing function flags")
            end
            flags = read_flags(v)
        else
            fail("unknown argument given to redis.register_function")
        end
    end
    if not name then
        fail("redis.register_function must get a function name argument")
    elseif not callback then
        fail("redis.register_function must get a callback argument")
    end
    register(name, callback, description, flags)
end

local function register_function(...)
    local count = select("#", ...)
    if count < 1 or count > 2 then
        fail("wrong number of arguments to redis.register_function")
    elseif count == 1 then
        return register_named((...))
    end
    local name, callback = ...
    if not is_string(name) then
        fail("first argument to redis.register_function must be a string")
    elseif type(callback) ~= "function" then
        fail("second argument to redis.register_function must be a function")
    end
    register(native_tostring(name), callback)
end

local loading_redis = { register_function = register_function, log = redis.log }
for _, name in native_ipairs({
    "REDIS_VERSION", "REDIS_VERSION_NUM", "LOG_DEBUG", "LOG_VERBOSE", "LOG_NOTICE", "LOG_WARNING",
}) do
    loading_redis[name] = redis[name]
end
setmetatable(loading_redis, { __index = nonexistent })
local loading = setmetatable({ redis = freeze(loading_redis) }, { __index = nonexistent })
loading.server = loading.redis

-- Runs a library's code, which registers its functions: they are new for each call, and so are their upvalues.
local function load_library(chunk)
    registered, registered_order = {}, {}
    function_meta.__index = loading
    local ok, e = native_pcall(chunk)
    function_meta.__index = FK
    if not ok and is_stop(e) then
        error(STOP, 0)
    end
    if not ok then
        e = clean(e)
        if type(e) == "table" then
            e = rawget(e, "err")
        else
            e = "ERR " .. tostring(e)
        end
        error(error_table("ERR Error registering functions: " .. tostring(e)), 0)
    end
end

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
    K.KEYS, K.ARGV, ids, walked, walked_keys, registered = nil, nil, nil, nil, nil, nil
    return ok, value, stopped, not coroutines
end

-- The hook may come between the end of the script and that of run: Java has taken it away then.
local function abandon()
    K.KEYS, K.ARGV, ids, walked, walked_keys, registered = nil, nil, nil, nil, nil, nil
    function_meta.__index = FK
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

return run, abandon, sethook, keys_of, shape, env, fenv
