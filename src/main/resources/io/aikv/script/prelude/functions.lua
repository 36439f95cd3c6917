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
loading[CONCAT_GUARD], loading[COMPARE_GUARD] = before_concat, before_compare
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
