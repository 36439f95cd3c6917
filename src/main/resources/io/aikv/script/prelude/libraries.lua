-- ---- string ----

local strings = {}
for _, name in native_ipairs({ "char", "dump", "len" }) do
    strings[name] = string[name]
end

-- Those that make as long a string as they are given: the hook does not come between many of them.
for _, name in native_ipairs({ "lower", "reverse", "upper" }) do
    local f = string[name]
    strings[name] = function(...)
        local s = ...
        if type(s) ~= "string" then
            return checked(name, native_pcall(f, ...))
        elseif #s > CHEAP_BYTES then
            room(#s)
        end
        return f(s)
    end
end

function strings.sub(...)
    local s, i, j = ...
    if type(s) == "string" then
        if #s > CHEAP_BYTES then
            room(#s)
        end
        if type(i) == "number" and (j == nil or type(j) == "number") then
            return sub(s, i, j)
        end
    end
    return checked("sub", native_pcall(sub, ...))
end

local byte = string.byte

function strings.byte(...)
    local s, i, j = ...
    if type(s) == "string" and (i == nil or type(i) == "number") then
        if j == nil or i == j then
            return byte(s, i)
        end
        local from, to = int(i) or 1, int(j) or 0
        from, to = from < 0 and from + #s or from, to < 0 and to + #s or to
        local count = (to < #s and to or #s) - (from > 0 and from or 0)
        if count > 8 then
            charge(floor(count / 4))
        end
    end
    return checked("byte", native_pcall(byte, ...))
end

function strings.format(...)
    local given, size = { ... }, 0
    for i = 1, select("#", ...) do
        size = size + size_of(given[i])
    end
    if size > CHEAP_BYTES then
        room(2 * size) -- %q doubles what it quotes
    end
    return checked("format", native_pcall(format, ...))
end

function strings.rep(...)
    local s, n = ...
    local times = int(n)
    if is_string(s) and times and times > 0 then
        reserve(#native_tostring(s) * times)
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

function strings.gmatch(...)
    local s, p = ...
    if not is_string(s) or not is_string(p) then
        local at = is_string(s) and 2 or 1
        argument(at, "gmatch", "string expected, got " .. got(select(at, ...)))
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

local tables = { getn = table.getn, setn = guarded("setn", table.setn) }

local function need_table(name, ...)
    local t = ...
    if type(t) ~= "table" then
        error(format("bad argument #1 to '%s' (table expected, got %s)", name, got(...)), 3)
    end
    return t
end

function tables.maxn(...)
    local t = need_table("maxn", ...)
    local max = 0
    for k in native_next, t do
        if type(k) == "number" and k > max then
            max = k
        end
    end
    return max
end

function tables.insert(...)
    local t, position = ...
    need_table("insert", ...)
    writable(t)
    position = select("#", ...) == 3 and int(position)
    if position and position < #t then
        charge(floor((#t - position) / 2))
    end
    return checked("insert", native_pcall(table.insert, ...))
end

function tables.remove(...)
    local t, position = ...
    need_table("remove", ...)
    writable(t)
    position = int(position)
    if position and position > 0 and position < #t then
        charge(floor((#t - position) / 2))
    end
    return checked("remove", native_pcall(table.remove, ...))
end

function tables.concat(...)
    local t, separator, i, j = ...
    need_table("concat", ...)
    if (separator == nil or is_string(separator)) and (i == nil or tonumber(i)) and (j == nil or tonumber(j)) then
        local size, between = 0, separator and #native_tostring(separator) or 0
        for k = int(i) or 1, int(j) or #t do
            local v = rawget(t, k)
            if not is_string(v) then
                break
            end
            size = size + between + size_of(v)
        end
        reserve(size)
    end
    return checked("concat", native_pcall(concat, ...))
end

function tables.sort(...)
    local t, less = ...
    need_table("sort", ...)
    writable(t)
    if less ~= nil and type(less) ~= "function" then
        argument(2, "sort", "function expected, got " .. type(less))
    end
    auxsort(t, 1, #t, less or less_than)
end

local function need_function(name, _, ...)
    local f = ...
    if type(f) ~= "function" then
        error(format("bad argument #2 to '%s' (function expected, got %s)", name, got(...)), 3)
    end
    return f
end

function tables.foreach(...)
    local t, f = need_table("foreach", ...), need_function("foreach", ...)
    for k, v in pairs(t) do
        local result = f(k, v)
        if result ~= nil then
            return result
        end
    end
end

function tables.foreachi(...)
    local t, f = need_table("foreachi", ...), need_function("foreachi", ...)
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

local function create(f, name)
    if type(f) ~= "function" then
        error(format("bad argument #1 to '%s' (Lua function expected)", name), 3)
    end
    charge(100)
    coroutines = true
    local co = checked("create", native_pcall(native_create, f))
    sethook(co, hook, "", STEP)
    return co
end

function coroutine_functions.create(f)
    local co = create(f, "create")
    return co
end

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
    hook(true)
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
    local co = create(f, "wrap")
    return function(...)
        return wrapped(resumed(native_resume(co, ...)))
    end
end
