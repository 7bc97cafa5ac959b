"""Faults of gpusim that are not yet mended, by name.

Our own program says on its way where one bears (`Operator.meet`); such an operator is drawn anew.
Take a name out once its fault is mended.
"""

KNOWN = {
    "late-sale": "GPUs beyond their life are sold only when their whole order is free, and only "
    "every 30 days from the end of their life; definitions: those that are free, on the day",
    "renewal-after-notice": "a customer that gave notice renews where its term ends before the "
    "notice runs out; definitions: it leaves at the end of its term",
    "notice-renewed": "exit_on changes nothing for terms that were renewed; definitions: the "
    "customer leaves",
    "order-after-notice": "hardware is ordered for a start that comes after the customer has left; "
    "definitions: the order of a tranche that is lost is withdrawn",
    "notice-credit": "what is left of a prepayment is breakage on the day a customer leaves or its "
    "last tranche is lost, before the credit and the growth of that month; definitions: revenue of "
    "the month, as at the end of a term",
    "prepaid-after-end": "a prepayment is asked for after the customer has left; definitions: only "
    "while the contract lives",
}
