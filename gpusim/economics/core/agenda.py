"""Time: the order of a day, and the event calendar that every rule schedules on.

An event is (phase, subject, day). Rules schedule and cancel events; an engine takes the smallest
key, asks `pop_due` whether it still holds, and runs the phase's one rule. A key is unique and a
rule schedules only later keys, so the order of events is a function of their set alone.
"""

from __future__ import annotations

from gpusim.compiling.kernel import const, kernel, names
from gpusim.economics.core.state import NEVER, State

(
    GIVE_BACK,  # hall: its lease has ended, or what stood there beyond it left the day before
    SIGN,  # contract: a signature dated after the as-of day
    RAISE,  # raise: equity comes in
    CLOSE,  # facility: a loan can be drawn from today
    LAPSE,  # facility: it no longer can
    HANDOVER,  # hall: the landlord hands it over
    ENERGISE,  # hall: power is on
    RETIRE,  # asset: end of life
    PREPAY,  # contract: its prepayment falls due
    COLLECT,  # invoice: the customer pays
    DEFAULT,  # customer: it stops paying
    NOTICE,  # tranche: its customer says that it will leave
    LEAVE,  # tranche: the customer goes, by notice or by default
    END,  # tranche: its term is over
    RESET,  # tranche: its price follows an index
    LONG_STOP,  # tranche: it has waited too long
    RETURN,  # tranche: its GPUs are fit for the next customer
    SELL,  # asset: GPUs beyond their life come free
    OFFER,  # offer: a customer asks for capacity
    PLAN,  # desk: the operator thinks of failed GPUs, new money and building ahead
    NEED,  # order: its planned order day has come
    FUND,  # treasury: money meets waiting orders
    PLACE,  # order: placed, deposit paid
    DELIVER,  # order: title passes
    INSTALL,  # site: delivered orders meet powered halls
    FITTED,  # order: in service
    ACCEPT,  # order: the customer has tested it
    PLANNED_START,  # tranche: its planned start has come
    ALLOCATE,  # generation: free GPUs meet waiting tranches
    START,  # tranche: billing starts
    SERVE,  # facility: a payment date that is no month end
    PAY,  # bill: a supplier is due
    MONTH,  # the books: accruals, waterfall, statements; the last of the month's last day
) = (const(n) for n in range(33))
PHASES = tuple(name.upper() for name in names(globals(), "GIVE_BACK", "MONTH"))
"""The order of a day: what leads to what. Halls that are not needed as the day begins; news and
hand-overs; what customers pay and what leaves;
what is offered, needed, funded and ordered; what is delivered, installed, in service and accepted;
what starts; suppliers' bills; and the books last, so that a month holds everything that happened in
its days. So a step that takes no days is over on the day on which it began. A customer whose term
ends today frees its GPUs before they are handed out; capacity freed later in the day is handed out
tomorrow."""
N_PHASES = len(PHASES)
TREASURY, DESK, BOOKS = const(0), const(0), const(0)
"""The only subjects of FUND, PLAN and MONTH."""

DAY_BITS, PHASE_BITS = const(32), const(24)
PHASE_MASK, SUBJECT_MASK = const(0xFF), const(0xFFFFFF)
MAX_SUBJECTS = 1 << 24


@kernel
def key_of(day: int, phase: int, subject: int) -> int:
    """The place of an event in the run: day, then phase, then subject.

    >>> bool(key_of(1, 0, 0) > key_of(0, 26, 99))
    True
    """
    return (day << DAY_BITS) | (phase << PHASE_BITS) | subject


@kernel
def day_of_key(key: int) -> int:
    """Day of an agenda key [day]."""
    return key >> DAY_BITS


@kernel
def phase_of_key(key: int) -> int:
    """Phase of an agenda key."""
    return (key >> PHASE_BITS) & PHASE_MASK


@kernel
def subject_of_key(key: int) -> int:
    """Subject of an agenda key: a row of the phase's noun."""
    return key & SUBJECT_MASK


@kernel
def schedule(s: State, phase: int, subject: int, day: int) -> None:
    """Schedule an event for a day, or for tomorrow if that moment has passed."""
    if day >= NEVER:
        s.due[phase, subject] = NEVER
        return
    clock = s.clock[0]
    if key_of(day, phase, subject) <= clock.now:
        day = clock.today + 1
    if s.due[phase, subject] != day:
        s.due[phase, subject] = day
        s.outbox[clock.outbox] = key_of(day, phase, subject)
        clock.outbox += 1


@kernel
def schedule_now(s: State, phase: int, subject: int) -> None:
    """As soon as the day's order allows: today if the phase is still to come, else tomorrow."""
    clock = s.clock[0]
    day = clock.today
    if key_of(day, phase, subject) <= clock.now:
        day = day + 1
    if day < s.due[phase, subject]:
        schedule(s, phase, subject, day)


@kernel
def cancel(s: State, phase: int, subject: int) -> None:
    """Forget an event; the key an engine may still hold is stale from now on."""
    s.due[phase, subject] = NEVER


@kernel
def pop_due(s: State, key: int) -> bool:
    """Whether an event still holds; if so it is spent and its moment is now."""
    clock = s.clock[0]
    phase, subject, day = phase_of_key(key), subject_of_key(key), day_of_key(key)
    if clock.halted != 0 or s.due[phase, subject] != day:
        return False
    s.due[phase, subject] = NEVER
    clock.now = key
    clock.today = day
    return True
