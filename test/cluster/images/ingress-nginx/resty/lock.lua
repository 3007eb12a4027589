-- Stands in for lua-resty-lock, which Debian does not package: one try, no waiting; the controller asks for timeout = 0.
local _M = {}
_M.__index = _M

function _M.new(_, dict, options)
  if not ngx.shared[dict] then
    return nil, "no such dictionary"
  end
  return setmetatable({ dict = ngx.shared[dict], exptime = options.exptime }, _M)
end

function _M.lock(self, key)
  local ok, err = self.dict:add(key, true, self.exptime)
  if ok then
    self.key = key
    return 0
  end
  return nil, err == "exists" and "timeout" or err
end

function _M.unlock(self)
  self.dict:delete(self.key)
  return 1
end

return _M
