-- Requests for wrk. Arguments after `--`: a file of reads, a file of writes (- for none), the number of threads.
-- A read is "path <tab> token"; a write is "path <tab> token", saved with the body beside it, self-assessment.json. Where the file is
-- called entry.tsv, a write is "centre <tab> token" instead: the totals of one month and category after another.
-- With both, every tenth request is a write. Each thread has ratings of its own and counts their revisions.

local threads = 0
function setup(thread)
   thread:set("id", threads)
   threads = threads + 1
end

local reads, writes, next_read, next_write, count, tested = {}, {}, 0, 0, 0, false

local function lines(path)
   local found, number = {}, 0
   for line in io.lines(path) do
      local target, token = line:match("^(%S+)\t(%S+)$")
      table.insert(found, { target = target, head = " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " .. token .. "\r\n" })
   end
   return found
end

function init(args)
   if args[1] ~= "-" then
      for _, read in ipairs(lines(args[1])) do
         table.insert(reads, "GET " .. read.target .. read.head .. "\r\n")
      end
      next_read = math.floor(id * #reads / 2)
   end
   if args[2]:match("entry.tsv$") then
      for place, entry in ipairs(lines(args[2])) do
         if place % tonumber(args[3]) == id then
            table.insert(writes, { centre = entry.target, head = "POST /v1/activities" .. entry.head, number = -1 })
         end
      end
   elseif args[2] ~= "-" then
      local body = io.open(args[2]:match("^.*/") .. "self-assessment.json"):read("*a")
      local tail = '"\r\nContent-Type: application/json\r\nContent-Length: ' .. #body .. "\r\n\r\n" .. body
      for place, write in ipairs(lines(args[2])) do
         if place % tonumber(args[3]) == id then
            table.insert(writes, { head = "PUT " .. write.target .. write.head .. 'If-Match: "', tail = tail, revision = 0 })
         end
      end
   end
end

local categories = { "literacy", "short_vocational", "law", "health", "environment", "culture_society", "economic_development", "life_skills",
   "other_programme", "arts_sports" }

local function totals(write)
   write.number = write.number + 1
   local month = string.format("2025-%02d", 1 + math.floor(write.number / #categories) % 12)
   local body = string.format('{"centre_id":"%s","entry":"monthly_total","category":"%s","title":"Tổng số tháng","form":"session","role":"organiser",' ..
      '"starts_on":"%s-01","ends_on":"%s-28","sessions":4,"participations":{"total":120,"female":64}}',
      write.centre, categories[1 + write.number % #categories], month, month)
   return write.head .. "Content-Type: application/json\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body
end

function request()
   -- wrk's first call in the first thread only looks whether the request is well formed.
   if id == 0 and not tested then
      tested = true
      return "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
   end
   count = count + 1
   if #reads == 0 or (#writes > 0 and count % 10 == 0) then
      next_write = next_write % #writes + 1
      local write = writes[next_write]
      if write.centre then
         return totals(write)
      end
      write.revision = write.revision + 1
      return write.head .. write.revision .. write.tail
   end
   next_read = next_read % #reads + 1
   return reads[next_read]
end

function done(summary, latency, requests)
   local errors = summary.errors
   io.write(string.format('{"requests": %d, "microseconds": %d, "p50": %d, "p99": %d, "failed": %d}\n', summary.requests, summary.duration,
      latency:percentile(50), latency:percentile(99), errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
