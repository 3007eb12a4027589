-- Stands in for lua-resty-balancer's roundrobin, which Debian does not package: each node in turn, all of equal weight.
local _M = {}
_M.__index = _M

function _M.new(_, nodes)
  local self = setmetatable({}, _M)
  self:reinit(nodes)
  return self
end

function _M.reinit(self, nodes)
  self.nodes = nodes
  self.ids = {}
  for id in pairs(nodes) do
    self.ids[#self.ids + 1] = id
  end
  table.sort(self.ids)
  self.last = math.random(0, #self.ids)
end

function _M.find(self)
  if #self.ids == 0 then
    return nil
  end
  self.last = self.last % #self.ids + 1
  return self.ids[self.last]
end

return _M
