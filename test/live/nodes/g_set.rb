# A set that only grows: nodes tell each other all that they have, again and again.
require "json"
require "set"

$stdout.sync = true
$name = nil
$peers = []
$elements = Set.new
$lock = Mutex.new

def say(dest, body)
  puts JSON.generate({ src: $name, dest: dest, body: body })
end

Thread.new do
  loop do
    sleep 0.2
    $lock.synchronize do
      $peers.each { |peer| say(peer, { type: "merge", value: $elements.to_a }) }
    end
  end
end

$stdin.each_line do |line|
  message = JSON.parse(line)
  body = message["body"]
  $lock.synchronize do
    reply =
      case body["type"]
      when "init"
        $name = body["node_id"]
        $peers = body["node_ids"] - [$name]
        { type: "init_ok" }
      when "add"
        $elements.add(body["element"])
        { type: "add_ok" }
      when "read" then { type: "read_ok", value: $elements.to_a }
      when "merge"
        $elements.merge(body["value"])
        nil
      end
    say(message["src"], reply.merge({ in_reply_to: body["msg_id"] })) if reply
  end
end
