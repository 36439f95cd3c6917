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
for _, globals in native_ipairs({ K, FK }) do
    globals[CONCAT_GUARD], globals[COMPARE_GUARD] = before_concat, before_compare
end
setmetatable(G, { __index = nonexistent })

K._G, FK._G = env, fenv
setmetatable(K, { __index = G })
setmetatable(FK, { __index = G })
setmetatable(env, { __index = K, __newindex = readonly, __metatable = false })
local function_meta = { __index = FK, __newindex = readonly, __metatable = false }
setmetatable(fenv, function_meta)
frozen[env], frozen[fenv] = K, FK
