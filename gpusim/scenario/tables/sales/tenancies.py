"""What a colocation may say and what it may not: power is let, and nothing is bought for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from gpusim.scenario.language.fields import Problem

if TYPE_CHECKING:
    from gpusim.scenario.tables.contracts import Contract

TENANCY: Final = "colocation"
"""The kind of a contract that lets power of a site to a tenant."""
OF_HARDWARE: Final = {
    "gpu": "the tenant brings the hardware",
    "price_usd_per_gpu_hour": "its price is price_usd_per_kw_month",
    "hardware_source": "the tenant brings the hardware",
    "exit_price_share": "no market price of a kW is modelled: exit_on",
    "vendor": "nothing is bought for it",
    "loan_share": "nothing is bought for it",
    "vendor_share": "nothing is bought for it",
}
"""Keys of what a take-or-pay contract has and a colocation has not, and why."""
OF_TENANCIES: Final = ("price_usd_per_kw_month", "power")


def tenancy_problems(own: Contract) -> Iterator[Problem]:
    """Keys of let power on no other contract, and of hardware on none that lets power."""
    if own.kind != TENANCY:
        for key in OF_TENANCIES:
            if getattr(own, key) is not None:
                yield Problem((key,), "a value", f'none on a {own.kind}: kind = "{TENANCY}" has it')
        for place, tranche in enumerate(own.tranches):
            if tranche.it_kw is not None:
                found, wanted = f"{tranche.it_kw:g}", f"no it_kw in a {own.kind}"
                yield Problem(("tranches", place, "it_kw"), found, wanted)
        return
    for key, why in OF_HARDWARE.items():
        if getattr(own, key) != type(own).model_fields[key].default:
            yield Problem((key,), "a value", f"none on a {TENANCY}: {why}")
    for place, tranche in enumerate(own.tranches):
        if tranche.it_kw is None:
            yield Problem(("tranches", place, "it_kw"), "nothing", f"the kW that a {TENANCY} lets")
    if own.renewal is not None and own.renewal.price_share is None:
        found, wanted = "nothing", "a share: no market price of a kW is modelled"
        yield Problem(("renewal", "price_share"), found, wanted)
