-- Stands in for lua-resty-dns, which Debian does not package: A and AAAA over UDP, which ExternalName backends need.
local _M = { TYPE_A = 1, TYPE_AAAA = 28 }
_M.__index = _M

local problems = { "format error", "server failure", "name error", "not implemented", "refused" }

function _M.new(_, options)
  return setmetatable({ servers = options.nameservers, timeout = options.timeout or 2000 }, _M)
end

local function skip_name(text, at)
  while true do
    local length = text:byte(at)
    if length == 0 then return at + 1 end
    if length >= 192 then return at + 2 end
    at = at + 1 + length
  end
end

local function two(text, at)
  local a, b = text:byte(at, at + 1)
  return a * 256 + b
end

local function parse(text)
  local code = text:byte(4) % 16
  if code ~= 0 then
    return { errcode = code, errstr = problems[code] or "unknown" }
  end
  local at = skip_name(text, 13) + 4
  local answers = {}
  for _ = 1, two(text, 7) do
    at = skip_name(text, at)
    local kind, ttl, length = two(text, at), two(text, at + 4) * 65536 + two(text, at + 6), two(text, at + 8)
    at = at + 10
    if kind == 1 then
      answers[#answers + 1] = { type = kind, ttl = ttl, address = table.concat({ text:byte(at, at + 3) }, ".") }
    elseif kind == 28 then
      local groups = {}
      for i = 0, 14, 2 do groups[#groups + 1] = string.format("%x", two(text, at + i)) end
      answers[#answers + 1] = { type = kind, ttl = ttl, address = "[" .. table.concat(groups, ":") .. "]" }
    end
    at = at + length
  end
  return answers
end

function _M.query(self, host, options)
  local question = {}
  for label in host:gmatch("[^.]+") do
    question[#question + 1] = string.char(#label) .. label
  end
  local packet = "\1\7\1\0\0\1\0\0\0\0\0\0" .. table.concat(question) .. "\0\0" .. string.char(options.qtype) .. "\0\1"
  local problem = "no name server"
  for _, server in ipairs(self.servers) do
    local socket = ngx.socket.udp()
    socket:settimeout(self.timeout)
    local address = type(server) == "table" and server[1] or server
    local ok, err = socket:setpeername(address, type(server) == "table" and server[2] or 53)
    if ok then ok, err = socket:send(packet) end
    if ok then
      local text
      text, err = socket:receive(4096)
      if text then return parse(text) end
    end
    problem = err
  end
  return nil, problem
end

return _M
