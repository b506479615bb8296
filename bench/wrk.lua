-- For wrk: sends the bodies of a file in turn, or GETs the path if there is no file. Prints the outcome as JSON.
function init(args)
  if not args[1] then return end
  wrk.method = "POST"
  wrk.headers["Content-Type"] = args[2]
  local requests, sent = {}, 0
  for body in io.open(args[1]):read("*a"):gmatch("(.-)\n\n") do
    requests[#requests + 1] = wrk.format(nil, nil, nil, body)
  end
  request = function()
    sent = sent + 1
    return requests[sent % #requests + 1]
  end
end

function done(summary, latency)
  local e = summary.errors
  print(string.format('{"answers":%d,"seconds":%f,"p99":%f,"errors":%d}', summary.requests, summary.duration / 1e6,
    latency:percentile(99) / 1e3, e.connect + e.read + e.write + e.status + e.timeout))
end
