-- Stands in for lua-resty-global-throttle, which Debian does not package: the annotation for global rate limits does nothing.
return { new = function() return nil, "not part of this image" end }
