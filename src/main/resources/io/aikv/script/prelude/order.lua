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
        found[CONCAT_GUARD], found[COMPARE_GUARD] = nil, nil
    end
    return found or t
end

-- ---- iteration in an order that depends on the keys alone ----

-- The algorithm of Lua's own sort, here where its steps are counted, and what comparing long strings takes.
local function less_than(a, b)
    before_compare(a, b)
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

local function pairs(...)
    local t = real((...))
    if type(t) ~= "table" then
        argument(1, "pairs", "table expected, got " .. got(...))
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

local function next(...)
    local t, k = ...
    t = real(t)
    if type(t) ~= "table" then
        argument(1, "next", "table expected, got " .. got(...))
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
