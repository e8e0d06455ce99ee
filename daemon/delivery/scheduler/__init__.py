"""The scheduler: which waiting delivery is sent next, and what is in flight.

Everything but `ClaimSlots` runs on the event loop's thread. The classes call in one direction, from
the top down. A lower one reports by a return value, or by the one callback that it was given:

    Dispatcher       claims, refills, records outcomes; only it writes to the store
    ├── Lanes        a lane for each webhook, and their turns
    │   └── Lane     a webhook's deliveries: waiting, claimed, in flight
    ├── Quarantine   deliveries that may kill the daemon
    ├── InFlight     the attempts that have begun and not ended
    └── ClaimSlots   how many claims may exist; also used by the writer's thread

The terms:

*Claim*: a commit that marks a delivery as taken by this daemon. It comes before the attempt, so
that a crash leaves a record of what may have been sent. A claim waits for a commit. So that
attempts do not wait, more deliveries are claimed than may be in flight (`CLAIMS_PER_SLOT`).

*Claim slot*: the permission for one claim. It is taken before the claim and released when the
attempt has ended or the claim is released.

*Round robin*: lanes take turns, one delivery a turn, first for claim slots and then for attempts.
So a webhook with a long backlog, or with an endpoint that never answers, delays no other webhook.

*Refill*: a lane keeps a window of its webhook's backlog in memory; the store has all of it. A lane
that runs low is filled again with the deliveries that are due first.

*Quarantine*: a delivery during whose attempts the daemon died twice is sent alone: it waits until
no other delivery is claimed, and no other is claimed until it has ended (rules.md §3).

An example: webhook A has three deliveries waiting and one attempt slot, webhook B has one delivery;
both endpoints take 50 ms, and a commit takes 4 ms.

    ms     what happens
     0     the dispatcher finds A1 and B1, by turns; one commit claims both
     4     the commit is done: A1 and B1 are in flight
    54     both have been answered: their claim slots are free, their outcomes wait 4 ms for others
    58     the dispatcher finds A2; its claim and both outcomes go into one commit
    62     A2 is in flight
   112     A2 has failed, and nothing else is in flight to wait for: the claim of A3 and the outcome
           of A2, which says that it is due again in 2 s, go into one commit
   116     A3 is in flight; A2 is back in its lane, behind a timer
  2112     A2 is due: the dispatcher finds and claims it
"""
