-- Stands in for lua-resty-ipmatcher, which Debian does not package; only global rate limits ask for it.
return { new = function() return nil, "not part of this image" end }
