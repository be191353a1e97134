---------------------------- MODULE ClocksTrace ----------------------------
(* Lamport's clocks, and a log of a run that must be one of their behaviours. *)
(*   orrery export RUN --to tla --until 10s --out clocks.ndjson               *)
(*   TRACE=clocks.ndjson tlc -config ClocksTrace.cfg ClocksTrace.tla          *)
(* Each line allows one step at most. TLC stops where no rule gives the clock *)
(* that the log tells; the postcondition says whether that is its end.        *)
EXTENDS Naturals, Sequences, Json, IOUtils, TLC

Log == ndJsonDeserialize(IOEnv.TRACE)
Hosts == {Log[i].host : i \in 1..Len(Log)}

VARIABLES line,   \* the line that comes next
          clock,  \* of each host
          sent    \* messages with their stamps; links may repeat them, so none is ever gone

Now == Log[line]
Is(event) == line <= Len(Log) /\ Now.event = event
Larger(a, b) == IF a > b THEN a ELSE b

\* The rule gives this clock, and the log tells it.
Becomes(value) ==
    /\ value = Now.lamport
    /\ clock' = [clock EXCEPT ![Now.host] = value]
    /\ line' = line + 1

Init == line = 1 /\ clock = [host \in Hosts |-> 0] /\ sent = {}

\* A new incarnation: from nothing, or from what it had reserved.
Start == Is("start") /\ Becomes(Now.lamport) /\ UNCHANGED sent

Internal == Is("internal") /\ Becomes(clock[Now.host] + 1) /\ UNCHANGED sent

Send ==
    /\ Is("send")
    /\ Becomes(clock[Now.host] + 1)
    /\ sent' = sent \cup {[message |-> Now.message, stamp |-> clock[Now.host] + 1]}

Receive ==
    /\ Is("receive")
    /\ \E each \in sent :
        /\ each.message = Now.message
        /\ Becomes(Larger(clock[Now.host], each.stamp) + 1)
    /\ UNCHANGED sent

Next == Start \/ Internal \/ Send \/ Receive

Spec == Init /\ [][Next]_<<line, clock, sent>>

\* Every line was a step.
Accepted == TLCGet("stats").diameter - 1 = Len(Log)
=============================================================================
