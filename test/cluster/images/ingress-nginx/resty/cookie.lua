-- Stands in for lua-resty-cookie, which Debian does not package: what session affinity needs of it.
local _M = {}
_M.__index = _M

function _M.new()
  return setmetatable({}, _M)
end

function _M.get(_, name)
  local value = ngx.var["cookie_" .. name]
  if value then
    return value
  end
  return nil, "no cookie found in the current request"
end

function _M.set(_, cookie)
  local parts = { cookie.key .. "=" .. cookie.value }
  local add = function(text) parts[#parts + 1] = text end
  if cookie.expires then add("Expires=" .. cookie.expires) end
  if cookie.max_age then add("Max-Age=" .. cookie.max_age) end
  if cookie.domain then add("Domain=" .. cookie.domain) end
  if cookie.path then add("Path=" .. cookie.path) end
  if cookie.secure then add("Secure") end
  if cookie.httponly then add("HttpOnly") end
  if cookie.samesite then add("SameSite=" .. cookie.samesite) end
  local present = ngx.header["Set-Cookie"]
  local all = type(present) == "table" and present or { present }
  all[#all + 1] = table.concat(parts, "; ")
  ngx.header["Set-Cookie"] = all
  return true
end

return _M
