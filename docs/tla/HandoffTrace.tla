---------------------------- MODULE HandoffTrace ----------------------------
(* The hand-off of lots between stages, and a log of a run that must be one of *)
(* its behaviours (docs/explanation/hand-off.md has the rules).                *)
(*   orrery export RUN --to tla-handoff --until 10s --out handoff.ndjson       *)
(*   TRACE=handoff.ndjson tlc -config HandoffTrace.cfg HandoffTrace.tla        *)
(* A supplier alone moves a lot on its side, and only on what its consumer     *)
(* decided; a consumer decides once on each attempt.                           *)
EXTENDS Naturals, Sequences, Json, IOUtils, TLC

Log == ndJsonDeserialize(IOEnv.TRACE)
Lots == {Log[i].lot : i \in {j \in 1..Len(Log) : Log[j].event # "uses"}}

VARIABLES line,    \* the line that comes next
          maker,   \* of each lot, or "nobody"
          state,   \* at its maker: none, shelf, away, returning, lost, over
          to,      \* who is to have it by the present attempt, or was by the last one
          answer,  \* of that consumer: open, taken, refused
          taker    \* who has it, or had it, or "nobody"

Now == Log[line]
Lot == Now.lot
Is(event) == line <= Len(Log) /\ Now.event = event /\ line' = line + 1
Of(function, value) == [function EXCEPT ![Lot] = value]

\* A step of the supplier, from one of these states.
ByMaker(states) == maker[Lot] = Now.stage /\ state[Lot] \in states
\* A step of the consumer that has not decided yet. A lost lot is one of which its maker knows no more.
Undecided == to[Lot] = Now.stage /\ answer[Lot] = "open" /\ state[Lot] \in {"away", "lost"}

Init ==
    /\ line = 1
    /\ maker = [lot \in Lots |-> "nobody"]
    /\ state = [lot \in Lots |-> "none"]
    /\ to = [lot \in Lots |-> "nobody"]
    /\ answer = [lot \in Lots |-> "open"]
    /\ taker = [lot \in Lots |-> "nobody"]

Makes ==
    /\ Is("makes")
    /\ state[Lot] = "none"
    /\ maker' = Of(maker, Now.stage)
    /\ state' = Of(state, "shelf")
    /\ UNCHANGED <<to, answer, taker>>

Sends ==
    /\ Is("sends")
    /\ ByMaker({"shelf"})
    /\ state' = Of(state, "away")
    /\ to' = Of(to, Now.to)
    /\ answer' = Of(answer, "open")
    /\ UNCHANGED <<maker, taker>>

\* To want a lot back changes nothing until its consumer has decided.
Recalls == Is("recalls") /\ ByMaker({"away"}) /\ UNCHANGED <<maker, state, to, answer, taker>>

Receives ==
    /\ Is("receives")
    /\ Undecided
    /\ answer' = Of(answer, "taken")
    /\ taker' = Of(taker, Now.stage)
    /\ UNCHANGED <<maker, state, to>>

Refuses ==
    /\ Is("refuses")
    /\ Undecided
    /\ answer' = Of(answer, "refused")
    /\ UNCHANGED <<maker, state, to, taker>>

\* The supplier hears what was decided.
Settles ==
    /\ Is("settles")
    /\ ByMaker({"away", "lost"})
    /\ answer[Lot] = "taken"
    /\ state' = Of(state, "over")
    /\ UNCHANGED <<maker, to, answer, taker>>

TakesBack ==
    /\ Is("takes back")
    /\ ByMaker({"away", "lost"})
    /\ answer[Lot] = "refused"
    /\ state' = Of(state, "returning")
    /\ UNCHANGED <<maker, to, answer, taker>>

Shelves ==
    /\ Is("shelves")
    /\ ByMaker({"returning"})
    /\ state' = Of(state, "shelf")
    /\ UNCHANGED <<maker, to, answer, taker>>

\* Its consumer's store is lost, or somebody wrote it off.
Loses ==
    /\ Is("loses")
    /\ ByMaker({"away"})
    /\ state' = Of(state, "lost")
    /\ UNCHANGED <<maker, to, answer, taker>>

Removes ==
    /\ Is("removes")
    /\ ByMaker({"shelf"})
    /\ state' = Of(state, "over")
    /\ UNCHANGED <<maker, to, answer, taker>>

\* A job begins with lots that its stage has taken.
Uses ==
    /\ Is("uses")
    /\ \A i \in 1..Len(Now.lots) : taker[Now.lots[i]] = Now.stage
    /\ UNCHANGED <<maker, state, to, answer, taker>>

Next ==
    \/ Makes \/ Sends \/ Recalls \/ Receives \/ Refuses \/ Settles
    \/ TakesBack \/ Shelves \/ Loses \/ Removes \/ Uses

Spec == Init /\ [][Next]_<<line, maker, state, to, answer, taker>>

\* What somebody has taken is on nobody's shelf, nor on its way back to one.
InOnePlace == \A lot \in Lots : taker[lot] # "nobody" => state[lot] \in {"away", "lost", "over"}

\* Every line was a step.
Accepted == TLCGet("stats").diameter - 1 = Len(Log)
=============================================================================
