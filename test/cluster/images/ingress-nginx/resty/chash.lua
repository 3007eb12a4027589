-- Stands in for lua-resty-balancer's chash, which Debian does not package: the node with the highest hash of key and node.
local _M = {}
_M.__index = _M

function _M.new(_, nodes)
  return setmetatable({ nodes = nodes }, _M)
end

function _M.reinit(self, nodes)
  self.nodes = nodes
end

function _M.find(self, key)
  local best, highest
  for id in pairs(self.nodes) do
    local hash = ngx.crc32_short(id .. "|" .. tostring(key))
    if not highest or hash > highest or (hash == highest and id < best) then
      best, highest = id, hash
    end
  end
  return best
end

return _M
