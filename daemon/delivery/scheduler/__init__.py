"""The scheduler: which waiting delivery is sent next, and what is in flight.

Everything but `ClaimSlots` runs on the event loop's thread. The classes call in one direction, from
the top down; what a lower one has to report, it returns, or hands to the one function it was given:

    Dispatcher       claims, refills, records outcomes; the only one that writes to the store
    ├── Lanes        a lane for each webhook, and whose turn it is
    │   └── Lane     a webhook's deliveries: waiting, claimed, in flight
    ├── Quarantine   deliveries that may be what kills the daemon
    ├── InFlight     the attempts that have begun and not ended
    └── ClaimSlots   how many claims may be out; also taken from the writer's thread

The terms:

*Claim*: a commit that marks a delivery as taken by this daemon. It comes before the attempt, so
that a death leaves a trace of what may have been sent. A claim waits for a commit; so that attempts
need not, more is claimed than may be in flight (`CLAIMS_PER_SLOT`).

*Claim slot*: the permission for one more claim. It is taken before the claim and given back when
the attempt has ended or the claim is released.

*Round robin*: lanes take turns, one delivery a turn, first for claim slots and then for attempts.
So a webhook with a long backlog, or with an endpoint that never answers, delays no other webhook.

*Refill*: a lane keeps a window of its webhook's backlog in memory; the store has all of it. A lane
that runs low is filled again with what is due first.

*Quarantine*: a delivery during whose attempts the daemon died twice goes out alone: it waits until
no claim is out, and until it has ended nothing else is claimed (rules.md §3).

An example: webhook A has three deliveries waiting and one attempt slot, webhook B has one delivery;
both endpoints take 50 ms, and a commit takes 4 ms.

    ms     what happens
     0     the dispatcher looks for work: A1 and B1, by turns; one commit claims both
     4     the commit is done: A1 and B1 are in flight
    54     both have been answered: their claim slots are free, their outcomes wait 4 ms for others
    58     the dispatcher looks for work: A2; its claim and both outcomes go into one commit
    62     A2 is in flight
   112     A2 has failed, and nothing else is in flight to wait for: the claim of A3 and the outcome
           of A2, which says that it is due again in 2 s, go into one commit
   116     A3 is in flight; A2 is back in its lane, behind a timer
  2112     A2 is due: the dispatcher looks for work, and claims it
"""
