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
        options.encode_invalid_numbers = false
        options.decode_invalid_numbers = true
        options.encode_number_precision = 14
        options.encode_keep_buffer = true
    end
    reset()
    local function whole(v, name, at, min, max)
        local n = tonumber(v)
        if not n then
            error(format("bad argument #%d to '%s' (number expected, got %s)", at, name, type(v)), 3)
        end
        n = floor(n)
        if n < min or n > max then
            error(format("bad argument #1 to '%s' (expected integer between %d and %d)", name, min, max), 3)
        end
        return n
    end
    local function only(name, most, ...)
        if select("#", ...) > most then
            error(format("bad argument #%d to '%s' (found too many arguments)", most + 1, name), 3)
        end
    end
    local function number_option(name, min, max)
        one[name] = function(...)
            only(name, 1, ...)
            local v = ...
            if v ~= nil then
                options[name] = whole(v, name, 1, min, max)
            end
            return options[name]
        end
    end
    number_option("encode_max_depth", 1, 2147483647)
    number_option("decode_max_depth", 1, 2147483647)
    number_option("encode_number_precision", 1, 14)
    -- Sets an option that is true, false or another word; nil is none. An error names no table: its address must not be told.
    local function choose(option, v, name, third)
        if type(v) == "boolean" then
            options[option] = v
        elseif v == "on" or v == "off" then
            options[option] = v == "on"
        elseif v ~= nil and v == third then
            options[option] = v
        elseif v ~= nil then
            error(format("bad argument #1 to '%s' (%s)", name,
                is_string(v) and "invalid option '" .. native_tostring(v) .. "'" or "string expected, got " .. type(v)), 3)
        end
        return options[option]
    end
    local function switch(name, third)
        one[name] = function(...)
            only(name, 1, ...)
            local now = choose(name, (...), name, third)
            return now
        end
    end
    switch("encode_invalid_numbers", "null")
    switch("decode_invalid_numbers")
    switch("encode_keep_buffer")
    function one.encode_sparse_array(...)
        only("encode_sparse_array", 3, ...)
        local convert, ratio, safe = ...
        choose("encode_sparse_convert", convert, "encode_sparse_array")
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
            options.encode_sparse_safe, options.encode_max_depth, options.encode_invalid_numbers or "off",
            options.encode_number_precision)
    end
    function one.decode(...)
        if select("#", ...) ~= 1 then
            argument(1, "decode", "expected 1 argument")
        end
        return J.json_decode((...), options.decode_max_depth, options.decode_invalid_numbers)
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
