-- Stands in for lua-resty-http, which Debian does not package. The controller uses it for OCSP stapling only, which is off.
return { new = function() return nil, "not part of this image" end }
