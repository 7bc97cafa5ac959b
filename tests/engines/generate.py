"""Random operators: small, short, and often short of cash, power or hardware.

Everything a model file can say about a firm's life is drawn here: sites and late power, ramps,
late starts of both kinds, prepayments, backstops, loans, vendor lines, revolvers, fleets at the end
of their life, any waterfall. Amounts are whole dollars so that the opening balance sheet ties.
"""

from __future__ import annotations

import datetime as dt
import pprint
import random
from typing import Any, NamedTuple

from hypothesis import strategies as st

from gpusim.economics.core.state import World
from gpusim.scenario.lower import Book
from gpusim.units_of_measure import add_months
from tests.engines.build import STEPS, Tables, book_of, quiet, world_of

AS_OF = tuple(
    dt.date(*day) for day in ((2025, 12, 31), (2026, 3, 31), (2026, 6, 30), (2026, 9, 30))
)
FAR = dt.date(2040, 1, 1)
LAWS = ("level", "straight", "bullet", "sculpted")


class Play(NamedTuple):
    """A generated operator and the luck it meets."""

    tables: Tables
    book: Book
    world: World
    seed: int

    def __repr__(self) -> str:
        """What differs from one operator to another, to be read in a failure."""
        told = ("model", "operator", "gpus", "sites", "assets", "contracts", "debt", "balance")
        return pprint.pformat({name: self.tables[name] for name in told} | {"seed": self.seed})


def counted(terms: Tables, rate: float) -> Tables:
    """Fees and reserve in the cost of loans with an advance rate."""
    if terms.get("advance_rate") != rate:
        return {}
    return {"cost_base": ["fees"] if terms.get("reserve_months") else ["fees", "reserve"]}


def with_interest(terms: Tables) -> None:
    """Interest in the cost of a loan that counts its fees."""
    if "cost_base" in terms:
        terms["cost_base"] = [*terms["cost_base"], "interest"]


class Maker:
    """Draws the tables of one operator."""

    steps = False
    """Whether prices may change within a term and renewals be counted."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.as_of = self.any(*AS_OF)
        self.quarters = self.whole(2, 6)
        self.gpus = {f"g{n}": self.gpu() for n in range(self.whole(1, 3))}
        self.sites = {f"s{n}": self.site() for n in range(self.whole(1, 3))}
        self.owned = {(gpu, site): 0 for gpu in self.gpus for site in self.sites}
        self.room = {name: self.powered_kw(site) for name, site in self.sites.items()}
        self.assets = self.fleet()
        self.to_buy = 0
        self.programme = self.chance(2)
        self.resale = self.chance(2)
        self.sweeps = self.chance(2)
        self.lines = [n for n in ("loan", "vendor", "revolver", "notes") if self.chance(2)]
        self.contracts: Tables = {}
        for n in range(self.whole(1, 5)):
            self.contracts[f"c{n}"] = self.contract()

    def any(self, *choices: Any) -> Any:
        return self.draw(st.sampled_from(choices))

    def whole(self, low: int, high: int) -> int:
        return self.draw(st.integers(low, high))

    def shuffled(self, names: list[str]) -> list[str]:
        return self.draw(st.permutations(names))

    def chance(self, one_in: int) -> bool:
        return self.whole(0, one_in - 1) == one_in - 1

    def date(self, low: int, high: int) -> dt.date:
        """A date between two distances from the as-of day [day]."""
        return self.as_of + dt.timedelta(self.whole(low, high))

    def duration(self) -> Tables:
        days = self.any(0, 10, 30, 90)
        return {"planned_days": days, "sd_days": self.any(0, days // 3)}

    def delay(self) -> Tables:
        return self.any(
            {"probability": 0, "mean_days": 0, "sd_days": 0},
            {"probability": 0.5, "mean_days": 60, "sd_days": 30},
            {"probability": 1, "mean_days": 90, "sd_days": 60},
        )

    def gpu(self) -> Tables:
        return {
            "it_kw_per_gpu": self.any(1, 0.7, 2.08),
            "capex_usd_per_gpu": self.any(20_000, 33_333),
            "infrastructure_share": self.any(0, 0.17),
            "deposit_share": self.any(0, 0.1, 0.35, 1),
            "payment_days": self.any(0, 30, 75),
            "book_life_years": self.any(5, 0.4),
            "infrastructure_life_years": self.any(10, 0.7),
            "salvage_share": self.any(0, 0.05),
            "lead": self.duration(),
            "fitout": self.duration(),
            "acceptance": self.duration(),
            "on_demand_usd_per_gpu_hour": self.any(0, 2.5),
            "floor_usd_per_gpu_hour": 0,
        } | self.ageing()

    def ageing(self) -> Tables:
        """What becomes of GPUs in service: failures, spares, lives, time between customers."""
        terms: Tables = {"redeploy_days": self.any(0, 0, 12)}
        if self.chance(2):
            terms["failures"] = {
                "rate_per_year": self.any(0.05, 0, 0.9),
                "log_sd": self.any(0, 0.5),
                "repair": {"rate_per_year": self.any(0, 2, 6), "days": self.any(5, 30)},
                "spare_share": self.any(0, 0.02, 0.2),
                "short_start_share": self.any(0, 0.1, 1),
            }
        if self.chance(3):
            terms["economic_life_years"] = self.any(6, 0.2, 0.8)
        if self.chance(3):
            terms["life_change"] = {"date": self.date(1, 500), "years": self.any(4, 0.5, 8)}
        return terms

    def site(self) -> Tables:
        phases = []
        for _ in range(self.whole(1, 3)):
            ready = self.date(-200, 300)
            phase: Tables = {"it_mw": self.any(1, 0.4, 3), "ready": ready}
            if self.chance(3):
                phase["power_ready"] = ready + dt.timedelta(self.whole(0, 150))
            if self.chance(3):
                phase["taken"] = "with-first-order"
            phases.append(phase)
        return {
            "kind": self.any("owned", "leased-shell", "colocation"),
            "developer": self.any("a", "b"),
            "pue": 1.3,
            "tariff_usd_per_kwh": 0.07,
            "grid_charge_usd_per_kw_month": self.any(0, 6),
            "minimum_take": self.any(0, 0.8),
            "load_factor": 0.8,
            "rent_usd_per_kw_month": self.any(100, 0),
            "rent_escalator": self.any(0, 0.03),
            "lease_years": self.any(5, 0.5, 1.25),
            "variable_rent_usd_per_kw_month": self.any(0, 15),
            "staff_usd_per_kw_month": self.any(0, 8),
            "delay": self.delay(),
            "power_delay": self.delay(),
            "phases": phases,
        }

    def powered_kw(self, site: Tables) -> float:
        in_use = (p for p in site["phases"] if p.get("power_ready", p["ready"]) <= self.as_of)
        return sum(1000 * phase["it_mw"] for phase in in_use)

    def fleet(self) -> Tables:
        """What is in service; GPUs only where there is power for them."""
        assets: Tables = {}
        for n in range(self.whole(0, 3)):
            gpu, site = self.any(*self.gpus), self.any(*self.sites)
            fits = int(self.room[site] / self.gpus[gpu]["it_kw_per_gpu"])
            gross = 1_000_000
            own: Tables = {"category": self.any("infrastructure", "other-equipment", "intangibles")}
            if fits > 1:
                gpus = self.whole(1, fits - 1)
                own = {"category": "servers", "gpu": gpu, "site": site, "gpus": gpus}
                gross = gpus * 30_000
                self.owned[gpu, site] += gpus
                self.room[site] -= gpus * self.gpus[gpu]["it_kw_per_gpu"]
            own["gross_usd"] = gross
            own["accumulated_usd"] = gross * self.any(1, 3) // 4
            own["salvage_usd"] = self.any(0, gross // 10)
            own["remaining_life_years"] = self.any(3, 0.3, 0.9)
            if own["category"] != "intangibles":
                chosen = random.Random(f"{gross}/{n}/tax life").choice([None, 0.5, 39])
                own |= {"tax_life_years": chosen} if chosen else {}
            assets[f"a{n}"] = own
        return assets

    def contract(self) -> Tables:
        """One contract; what it buys is added to the cost that money is measured against."""
        gpu = self.any(*self.gpus)
        terms: Tables = {
            "customer": self.any("x", "y"),
            "rating": self.any("other", "investment-grade"),
            "kind": "take-or-pay",
            "term_months": self.any(6, 1, 18, 36, 37, 61),
            "payment_days": self.any(30, 0, 90),
            "late_start": self.any("shifts", "keeps-end"),
            "exit_notice_days": self.any(0, 90),
            "sfc_rate": self.any(0, 0.08),
        }
        if self.chance(6):
            start = self.date(1, 200)
            tranches: list[Tables] = [{"start": start, "value_usd": self.whole(0, 2_000_000)}]
            terms |= {"kind": "backstop", "tranches": tranches}
        else:
            terms |= {"gpu": gpu, "site": self.any(*self.sites)}
            terms["hardware_source"] = self.any("shared", "shared", "dedicated")
            tranches = [self.tranche(terms) for _ in range(self.whole(1, 3))]
            self.follow(terms, tranches)
            terms |= {"tranches": tranches, "price_usd_per_gpu_hour": self.any(2, 0.7)}
            self.financing(terms)
        if terms["payment_days"] == 0:
            terms["late_payment"] = {"chance": 0.5, "mean_days": 40, "sd_days": 20}
        if terms["kind"] == "take-or-pay":
            self.rates(terms)
            self.ways_out(terms)
            if self.chance(2):
                level = {"availability": self.any(0.999, 0.9), "credit_multiple": self.any(1, 0, 9)}
                terms["sla"] = level
                if level["availability"] == 0.9:
                    share = level["credit_multiple"] or 0.5
                    late = {"price_share": share, "grace_days": 5, "cap_share": 0.5}
                    terms["late_credits"] = late
        first = min(t["start"] for t in tranches)
        terms["signed"] = first - dt.timedelta(self.whole(0, 200))
        self.prepaid(terms, first)
        return terms

    def rates(self, terms: Tables) -> None:
        """Prices that change within a term, a minimum that does; where they are asked for."""
        if not self.steps:
            return
        if "price_usd_per_gpu_hour" in terms and self.chance(3):
            step = {"after_months": self.any(1, 5), "price_usd_per_gpu_hour": self.any(0, 1.5)}
            terms["price_steps"] = [step]
        if self.chance(4):
            terms["price_escalator"] = self.any(-0.3, 0.05)
        if self.chance(4):
            first = {"after_months": 0, "share": self.any(0, 0.4)}
            terms["commitment"] = [first, {"after_months": self.any(1, 7), "share": 1}]

    def dated(self, own: Tables) -> None:
        """A cost line that begins, steps and ends, with a cost of one day."""
        if self.chance(3):
            own["from"] = self.date(-40, 90)
        if self.chance(3):
            own["until"] = self.date(200, 500)
        if self.chance(2):
            change = self.any({"monthly_usd": 7_000, "usd_per_gpu_year": 0}, {"revenue_share": 0.3})
            own["steps"] = [{"date": self.date(91, 150)} | change]
            more = {"date": self.date(151, 199), "usd_per_contract_month": 5_000}
            own["steps"] += self.any([], [more])
        if self.chance(2):
            own["one_offs"] = [
                {"date": self.date(-20, 500), "amount_usd": 40_000.5}
                for _ in range(self.whole(1, 3))
            ]

    def power_by_date(self, place: Tables) -> None:
        """What a site's power costs changes once or twice."""
        if self.chance(3):
            first = {"date": self.date(-40, 120), "tariff_usd_per_kwh": self.any(0.2, 0)}
            second = {"date": self.date(121, 400), "grid_charge_usd_per_kw_month": 9}
            place["tariff_steps"] = self.any(
                [first], [first, second | {"tariff_usd_per_kwh": 0.04}]
            )
        self.stand_still(place)
        if self.chance(2):
            place["idle_load_factor"] = place["load_factor"] * self.any(0, 0.25)

    def stand_still(self, place: Tables) -> None:
        """Some sites stand still now and then, for hours or for months."""
        dated = [{"date": self.date(-10, 200), "hours": self.any(1.5, 900)}]
        by_chance = {"per_year": self.any(0.5, 12), "mean_hours": 100, "sd_hours": 200}
        place |= self.any({}, {}, {"outages": by_chance}, {"outages": by_chance | {"dated": dated}})

    def ways_out(self, terms: Tables) -> None:
        """Rights to cancel, to leave and to stay on."""
        if self.chance(3):
            terms["long_stop_use"] = self.any(1, 0.5)
            for tranche in terms["tranches"]:
                tranche["long_stop_days"] = self.any(20, 90)
        if terms["exit_notice_days"] and self.chance(2):
            terms |= self.any({"exit_on": self.date(1, 300)}, {"exit_price_share": 1.5})
        if self.chance(3):
            terms["renewal"] = {"chance": self.any(1, 0.5), "term_months": self.any(1, 12)}
            if self.chance(2):
                terms["renewal"]["price_share"] = 0.5
            if self.steps and self.chance(2):
                terms["renewal"]["times"] = self.any(1, 2)

    def growth(self) -> Tables:
        """Customers that ask for capacity, and an operator that takes them."""
        gpu = self.any(*self.gpus)
        segment = {
            "rating": self.any("other", "investment-grade"),
            "gpu": gpu,
            "arrivals_per_year": {"glut": 6, "balanced": 12, "scarce": 20},
            "self_build": {"share": 0.2, "growth_per_year": 0.05},
            "gpus_median": 60,
            "gpus_log_sd": 0.6,
            "gpus_multiple": 8,
            "term_months": [2, 12],
            "term_weights": [0.5, 0.5],
            "start": {"planned_days": 60, "sd_days": 40},
            "prepayment": {
                "chance": 0.5,
                "share": 0.2,
                "days_before_start": 30,
                "credited_months": [1, 2],
            },
            "willingness": 1,
            "willingness_log_sd": 0.2,
            "payment_days": 30,
            "exit_notice_days": self.any(0, 30),
            "exit_price_share": self.any(0, 0.9),
            "long_stop_days": self.any(0, 30),
            "long_stop_use": 0.5,
            "renewal": {"chance": 0.6, "term_months": 3},
        }
        if self.chance(2):
            level = {"availability": 0.99, "credit_multiple": self.any(1, 3)}
            segment["sla"] = level
            if level["credit_multiple"] == 3:
                segment["late_credits"] = {"price_share": 3, "grace_days": 2, "cap_share": 0.4}
        if segment["exit_notice_days"]:
            segment["late_payment"] = {"chance": 0.7, "mean_days": 25, "sd_days": 30}
        law = self.any("fixed", "exponential", "log-normal")
        segment |= {"term_law": law, "term_sd_share": 0.5 if law == "log-normal" else 0}
        if self.chance(3):
            segment["from"] = self.date(0, 200)
        levers = {
            "takes_offers": True,
            "price_markup": 1,
            "hurdle_margin": -0.9,
            "capital_rate": 0.08,
            "minimum_term_months": 1,
            "maximum_term_months": 60,
            "minimum_prepayment": 0,
            "investment_grade_only": False,
            "concentration_cap": 1,
            "contract_share": 1,
            "leverage_cap": 0,
            "build_ahead_share": self.any(0, 0.3),
            "build_gpu": gpu,
            "vendor": "vendor" if "vendor" in self.lines and self.chance(2) else "",
            "vendor_share": 0,
            "programme": self.programme and self.chance(2),
            "refresh_age_days": self.any(0, 0, 60, 400),
            "liquidity_floor_usd": max(self.to_buy, 1_000_000) * self.any(0, 1, 5) // 10,
            "liquidity_months": self.any(0, 6, 24),
            "raising_share": self.any(0, 0.5),
            "waiting_gpus": self.any(0, 0, 200),
        }
        if levers["vendor"]:
            levers["vendor_share"] = 0.2
        return {"segments": {"labs": segment}, "levers": levers}

    def follow(self, terms: Tables, tranches: list[Tables]) -> None:
        """Sometimes a contract is for the very GPUs of an earlier one, from about its end on."""
        before = [own for own in self.contracts.values() if own["kind"] == "take-or-pay"]
        if not before or not self.chance(3):
            return
        old = self.any(*before)
        first = old["tranches"][0]
        end = add_months(first["start"], first.get("term_months", old["term_months"]))
        start = max(end, self.as_of) + dt.timedelta(self.any(1, 0, 40))
        gpus = first["gpus"] + self.any(0, 0, -1, 1)
        terms |= {"gpu": old["gpu"], "site": old["site"]}
        tranches[:] = [{"gpus": max(gpus, 1), "start": start}]
        self.to_buy += gpus * self.gpus[old["gpu"]]["capex_usd_per_gpu"]

    def tranche(self, terms: Tables) -> Tables:
        gpu, site = terms["gpu"], terms["site"]
        if self.owned[gpu, site] > 0 and self.chance(2):
            gpus = self.whole(1, self.owned[gpu, site])
            start = self.date(-25, 120)
            if start <= self.as_of:
                self.owned[gpu, site] -= gpus
            return {"gpus": gpus, "start": start, "hardware": {"status": "in-service"}}
        gpus = self.whole(1, 900)
        cost = gpus * self.gpus[gpu]["capex_usd_per_gpu"]
        self.to_buy += cost
        made: Tables = {"gpus": gpus, "start": self.date(1, 330), "priority": self.whole(0, 1)}
        status = self.any("planned", "planned", "ordered", "delivered")
        if status == "ordered":
            made["hardware"] = {
                "status": status,
                "delivery": self.date(1, 200),
                "deposit_usd": cost * self.any(0, 3) // 10,
            }
        elif status == "delivered":
            made["hardware"] = {
                "status": status,
                "in_progress_usd": cost // 2,
                "cost_to_come_usd": cost * self.any(0, 5) // 10,
            }
        if self.chance(4):
            made["term_months"] = self.any(2, 12)
        return made

    def financing(self, terms: Tables) -> None:
        choices = ["", *(["loan"] if "loan" in self.lines else [])]
        choices += ["programme", "programme"] if self.programme else []
        terms["facility"] = self.any(*choices)
        share = 0.0
        if terms["facility"]:
            share = self.any(0.4, 0.75, 1.0)
            if share < 1.0:
                terms["loan_share"] = share
        if "vendor" in self.lines and share < 1.0:
            terms |= {"vendor": "vendor", "vendor_share": self.any(0.0, 0.2, 0.25)}

    def prepaid(self, terms: Tables, first: dt.date) -> None:
        longest = max(t.get("term_months", terms["term_months"]) for t in terms["tranches"])
        since = self.whole(1, longest)
        if self.chance(2):
            plan: Tables = {"unconditional": self.any(True, False)}
            plan |= self.any({"share": 0.2}, {"amount_usd": 700_001})
            when = self.any("due", "days_before_start")
            plan[when] = self.date(1, 200) if when == "due" else self.whole(0, 100)
            terms["prepayment"] = plan | {"credited_months": [since, self.whole(since, longest)]}
        if first <= self.as_of and self.chance(2):
            terms["opening"] = {
                "deferred_revenue_usd": self.whole(0, 400_000),
                "credited_from": self.date(1, 90),
                "credited_to": self.date(91, 500),
            }

    def amortised(self, laws: tuple[str, ...]) -> Tables:
        """An amortisation plan, and what a lender that counts on contract cash must say."""
        plan = self.amortisation(laws)
        if plan["law"] != "sculpted":
            return {"amortisation": plan}
        return {
            "amortisation": plan
            | {"dscr": self.any(1.1, 2), "cover": self.any("stated", "resulting")},
            "running_cost_share": self.any(0, 0.3),
        }

    def size(self, terms: Tables) -> Tables:
        """What may limit a loan beside its advance rate."""
        sizes: Tables = {}
        if self.chance(3):
            sizes["size_ltv"] = self.any(0.3, 0.7)
        if self.chance(3):
            sizes |= {"size_dscr": self.any(1.2, 8), "running_cost_share": 0.2}
        return terms | sizes

    def amortisation(self, laws: tuple[str, ...]) -> Tables:
        law = self.any(*laws)
        every = self.any(1, 3, 6)
        plan: Tables = {"law": law, "months": every * self.whole(2, 8), "every_months": every}
        if every > 1 and self.chance(3):
            plan |= {"months": plan["months"] + 1, "stub": self.any("first", "last")}
        if law != "bullet":
            plan |= {"grace_months": every * self.whole(0, 1), "balloon_share": self.any(0, 0.3)}
        return plan

    def opening_debt(self, maturity: dt.date) -> Tables:
        principal = self.whole(0, max(self.to_buy // 8, 10))
        every = self.any(1, 3, 6)
        year = (self.as_of + dt.timedelta(183)).year  # with a payment date in it
        first = principal * self.any(0, 1, 2) // 2
        return {
            "principal_usd": principal,
            "discount_usd": principal * self.any(0, 2) // 100,
            "accrued_interest_usd": principal // 100,
            "every_months": every,
            "stub": self.any("first", "last"),
            "repayments": {str(year): first, str(maturity.year): principal - first},
        }

    def debt(self) -> Tables:
        size = max(self.to_buy, 1_000_000)
        common: Tables = {
            "base": self.any("SOFR", "fixed"),
            "margin": self.any(0.05, 0.12),
            "day_count": self.any("act/360", "30/360", "act/365"),
            "seniority": self.whole(0, 2),
        }
        if common["day_count"] == "30/360" and common["margin"] > 0.1:
            common["day_count"] = "30e/360"
        if common["seniority"] == 1:  # margins step, up and down again
            later = ((45, 1.5), (200, 0.5))
            common["margin_steps"] = [
                {"date": self.as_of + dt.timedelta(days), "margin": common["margin"] * part}
                for days, part in later
            ]
        result: Tables = {}
        for name in self.lines:
            maturity = self.any(FAR, *(dt.date(self.as_of.year + 2, 5, day) for day in (31, 17)))
            own = {**common, "maturity": maturity}
            if name == "notes":
                own["kind"] = self.any("notes", "convertible")
            else:
                kinds = {"loan": "delayed-draw", "vendor": "vendor", "revolver": "revolver"}
                own["kind"] = kinds[name]
                if name == "vendor" and "loan" not in self.lines:
                    own["kind"] = "finance-lease"
                own["commitment_usd"] = size * self.any(10, 3, 1) // 10 + size // 8
                own["available_to"] = self.date(1, 500)
                own["undrawn_fee"] = self.any(0, 0.005)
                if self.chance(3):
                    own["opens"] = self.as_of + dt.timedelta(self.any(0, 1, 40, 150))
            if name in ("loan", "vendor"):
                own |= self.amortised(LAWS if name == "loan" else LAWS[:-1])
                level = own["amortisation"]["law"] == "level"
                if level and own["kind"] == "finance-lease" and own["base"] == "fixed":
                    own["day_count"] = "30/360"  # equal rents
                own["advance_rate"] = self.any(0.6, 0.85)
                own["draw_discount"] = self.any(0, 0.02) if name == "loan" else 0
                own["reserve_share"] = self.any(0, 0.05)
            if name == "notes" or self.chance(3):
                own["opening"] = self.opening_debt(maturity)
                if "amortisation" in own:
                    own["opening"]["every_months"] = own["amortisation"]["every_months"]
                if name == "revolver":
                    whole = own["opening"]["principal_usd"]
                    own["opening"]["repayments"] = {str(maturity.year): whole}
                    own["opening"]["discount_usd"] = 0
            stubs = [own.get(key, {}).get("stub") for key in ("amortisation", "opening")]
            if "first" not in stubs and self.chance(3):
                own["first_payment"] = self.date(1, 150)
            if own.get("opens") and own["available_to"] < own["opens"]:
                own["available_to"] = own["opens"]
            financed = {c.get("facility") for c in self.contracts.values()}
            own |= self.extras(ltv="opening" not in own, cover=name in financed)
            if name == "loan" and "opening" not in own:
                own = self.size(own)
                if own.get("opens", self.as_of) > self.as_of and own["draw_discount"] == 0:
                    own["upfront_fee"] = 0.03
                if name in financed and not self.chance(3):
                    own |= {"recourse": False, "default_after_months": self.whole(1, 3)}
            if self.sweeps and name in ("loan", "vendor") and own["undrawn_fee"] == 0:
                own["cash_sweep"] = self.excess(own, finances=name in financed)
            if own["base"] == "fixed":
                own.pop("hedge", None)
            if name == "loan":
                own |= counted(own, 0.6)
                if name in financed and "opening" not in own:
                    with_interest(own)
            if own["kind"] == "revolver":  # what the waterfall draws on it comes after the reserve
                own.pop("reserve_months", None)
            if own["kind"] == "convertible" and self.chance(2):
                own["conversion_price_usd"] = self.any(20, 60)
            if own["kind"] != "revolver" and self.chance(3):
                own["refinance"] = {"months": self.any(1, 12), "margin_shift": 0.01}
            result[name] = own
        return result

    def excess(self, own: Tables, *, finances: bool) -> Tables:
        """A sweep of what quarters leave, of a loan's own cash where it must be or ranks last."""
        apart = own.get("recourse") is False or (finances and own["seniority"] == 2)
        return {
            "share": 1 if own["base"] == "fixed" else 0.5,
            "from": self.as_of + dt.timedelta(100 * own["seniority"]),
            "scope": "facility" if apart else "operator",
        }

    def tests(self, *, ltv: bool, cover: bool) -> Tables:
        """Covenants tight enough to trip, and what follows; two kinds go with what others are."""
        own = self.any({}, {"scope": "facility", "service_fee_share": 0.05}) if cover else {}
        since = self.date(1, 120)
        terms: Tables = {
            "dscr": {"minimum": self.any(1.05, 3), "from": since} | own,
            "contract_realisation": {"minimum": 0.85, "from": since},
            "minimum_liquidity": {"minimum_usd": self.any(1_000, 5_000_000), "from": since},
            "ltv": {"maximum": self.any(0.5, 1), "from": since},
            "ltv_market": {"maximum": self.any(0.5, 1), "from": since},
        }
        tests = {name: terms[name] for name in terms if self.chance(2)}
        if not ltv:
            tests.pop("ltv", None)
        if not ltv or not self.resale:
            tests.pop("ltv_market", None)
        if cover and ("dscr" in tests) != ("contract_realisation" in tests):
            tests["llcr"] = {"minimum": terms["dscr"]["minimum"], "from": since}
        if ("contract_realisation" in tests) != ("minimum_liquidity" in tests):
            low = terms["minimum_liquidity"]["minimum_usd"] < 5_000_000
            tests["leverage"] = {"maximum": 5 if low else 0.5, "from": since}
        if self.sweeps:
            tests["sweep_share"] = self.any(0, 0.5, 1)
        if self.chance(2):
            limit = self.any(1_000, 10_000_000)
            tests["cures"] = {"count": 2, "until": self.date(1, 400), "max_usd_each": limit}
        return tests | {"cross_default": self.chance(2), "stops_draws": self.chance(2)}

    def extras(self, *, ltv: bool, cover: bool) -> Tables:
        """Terms that only some lenders ask for."""
        terms: Tables = {}
        if self.chance(2):
            terms["covenants"] = self.tests(ltv=ltv, cover=cover)
        if self.chance(3):
            terms["reserve_months"] = self.whole(1, 6)
        if self.chance(3):
            terms["hedge"] = {"share": self.any(0.5, 1), "swap_rate": 0.03}
        return terms

    def lender(self) -> Tables:
        terms = self.size(self.extras(ltv=True, cover=True) | self.amortised(LAWS)) | {
            **({"margin_steps": rises(self.as_of)} if self.to_buy % 2 else {}),
            "closing_days": self.any(0, 40),
            "availability_months": self.any(2, 12),
            "advance_rate": self.any(0.6, 0.9),
            "margin_by_rating": {"investment-grade": 0.03, "other": 0.07},
            "base_floor": 0.01,
            "undrawn_fee": self.any(0, 0.01),
            "draw_discount": self.any(0, 0.02),
            "reserve_share": self.any(0, 0.04),
            "seniority": self.whole(0, 2),
        }
        terms["upfront_fee"] = 0.02 if terms["draw_discount"] == 0 else 0
        terms |= counted(terms, 0.9)
        with_interest(terms)
        return terms

    def used_prices(self) -> Tables:
        """What used GPUs fetch."""
        by_age = {"0": self.any(0.9, 1), "1": 0.5, "4": 0}
        return {"resale": {"rent_elasticity": 0.8, "residual_by_age": by_age}}

    def shareholders(self) -> Tables:
        """Shares, their price, a backstop, and how long the firm may owe."""
        terms: Tables = {"shares_outstanding": self.any(0, 1_000_000)}
        terms["share_price_usd"] = [{"date": self.as_of, "price_usd": 40}]
        if self.chance(3):
            capacity = self.any(10_000, 100_000_000)
            terms["equity_backstop"] = {"capacity_usd": capacity, "price_usd_per_share": 3}
        terms["forced_sale_share"] = 0.5
        if self.chance(3):
            terms["default_after_months"] = self.whole(1, 4)
        return terms

    def capital(self) -> Tables:
        """Notes and shares that the firm issues when it sees a need."""
        size = max(self.to_buy, 1_000_000)
        return {
            "months_ahead": self.any(1, 6, 12),
            "floor_usd": size * self.any(0, 10, 50) // 100,
            "smallest_usd": self.any(0, 50_000),
            "leverage_cap": self.any(1, 50),
            "notes": {
                "capacity_usd_per_year": size * self.any(0, 2) // 2,
                "months": self.any(2, 24),
                "margin": 0.06,
                "costs_share": self.any(0, 0.02),
                "every_months": self.any(1, 6),
                "seniority": self.whole(0, 3),
            },
            "equity": {
                "capacity_usd_per_year": size * self.any(0, 1) // 4,
                "discount": 0.05,
                "costs_share": self.any(0, 0.03),
            },
        }

    def leases(self) -> Tables:
        if not self.chance(3):
            return {}
        year = (self.as_of + dt.timedelta(1)).year
        return {
            "liability_usd": 900_000,
            "asset_usd": self.any(900_000, 850_000),
            "remaining_months": self.any(15, 30),
            "payments": {str(year): 500_000, "after": 500_000},
        }

    def tables(self) -> Tables:
        """Everything, with cash between too little and plenty."""
        debt = self.debt()
        scale = max(self.to_buy, 1_000_000)
        sources = self.shuffled(["loan", "vendor", "cash", "revolver"])
        steps = self.shuffled(STEPS)
        steps += ["revolver"] if self.chance(2) else []
        steps += ["sweep"] if self.sweeps else []
        receivables = [
            {
                "amount_usd": self.whole(1, 90_000),
                "due": self.date(1, 120),
                "prepayment": self.chance(2),
            }
            for _ in range(self.whole(0, 2))
        ]
        bills = [
            {"amount_usd": self.whole(1, 2_000_000), "due": self.date(1, 120)}
            for _ in range(self.whole(0, 2))
        ]
        if bills and "loan" in debt and not {"size_dscr", "size_ltv"} & set(debt["loan"]):
            bills[0] |= {"facility": "loan", "loan_share": 0.5}
        changes: Tables = {
            "model": {"as_of": self.as_of, "quarters": self.quarters},
            "operator": {
                "minimum_cash_usd": scale * self.any(0, 5) // 100,
                "payables_months": self.whole(0, 3),
                "capitalised_interest_share": self.any(0, 0.5),
                "cash_yield_margin": -0.01,
                "acceptance_lot_mw": self.any(5, 0.3),
                "on_demand_share": 0.9,
                "order_ahead_days": self.any(0, 20),
                "impairment_test": self.chance(2),
                "funding_order": sources[: self.whole(2, 4)],
                "waterfall": steps,
            }
            | self.shareholders(),
            "market": {
                "volatility_per_year": 0.2,
                "stay": {"glut": 0.8, "balanced": 0.8, "scarce": 0.8},
                "on_demand_use": {"glut": 0.4, "balanced": 0.7, "scarce": 1},
                "loan_market_open": {"glut": 0.5, "balanced": 0.9, "scarce": 1},
            }
            | (self.used_prices() if self.resale else {}),
            "rates": {
                "curve": [{"date": dt.date(2026, 1, 1), "rate": 0.04}],
                "volatility_per_year": 0.01,
                "mean_reversion_per_year": 0.5,
            },
            "assets": self.assets,
            "contracts": self.contracts,
            "debt": debt,
            "equity": {
                f"e{n}": {
                    "date": self.date(1, 400),
                    "amount_usd": scale * self.any(1, 6) // 10,
                    "costs_usd": 1_000,
                }
                | ({"price_usd_per_share": 7} if self.chance(2) else {})
                for n in range(self.whole(0, 2))
            },
            "leases": self.leases(),
            "overheads": {
                "sales": {"line": "sales", "monthly_usd": self.any(0, 50_000), "stock_share": 0.3},
                "other": {
                    "line": "cost-of-revenue",
                    "revenue_share": 0.05,
                    "usd_per_kw_month": 1,
                    "hardware_cost_share_per_year": 0.02,
                    "usd_per_gpu_year": 120,
                    "book_value_share_per_year": 0.01,
                    "usd_per_contract_month": 900,
                },
            },
            "tax": {
                "rate": self.any(0.25, 0),
                "interest_cap_share": 0.3,
                "loss_cap_share": 0.8,
                "bonus_depreciation": self.any(1, 0.4),
                "advance_payment_share": self.any(0, 0.5),
                "opening": {"losses_usd": self.any(0, 900_000), "ppe_basis_usd": 500_000},
            },
            "receivables": {"invoices": receivables},
            "payables": {
                "operating": [{"amount_usd": 30_000, "due": self.date(1, 60)}],
                "capex": bills,
            },
            "balance": {
                "cash_usd": scale * self.any(100, 60, 25, 8, 0) // 100,
                "restricted_cash_usd": self.any(0, 50_000),
            },
        }
        if self.programme:
            changes["programme"] = self.lender()
        if self.chance(2):
            changes |= self.growth()
        if self.chance(2):
            changes["raising"] = self.capital()
        failing = self.any("by date", "by luck", "never")
        if failing == "by date":
            changes["customers"] = {self.any("x", "y"): {"defaults_on": self.date(1, 400)}}
        elif failing == "by luck":
            often = {"glut": 1.0, "balanced": self.any(0.9, 0.2), "scarce": 0.8}
            changes["defaults"] = {"investment-grade": often, "other": often}
        self.dated(changes["overheads"]["other"])
        for place in self.sites.values():
            self.power_by_date(place)
        if changes["operator"]["shares_outstanding"] and self.chance(3):
            amount, costs = scale * self.any(1, 4) // 10, self.any(0, 1_000)
            new = {"amount_usd": amount, "price_usd_per_share": 7, "costs_usd": costs}
            changes["opening_equity"] = new
        tables = quiet(**changes)
        tables = self.build(tables | {"gpus": self.gpus, "sites": self.sites})
        tables = bought_ahead(indexed(by_course(by_share(self.let_power(tables)))))
        return trapped(curtailed(tables))

    def build(self, tables: Tables) -> Tables:
        """Sometimes own halls to come are built, drawn apart as tenants are."""
        own = random.Random(repr(sorted(self.sites.items())) + repr(self.to_buy) + "built")
        soon = self.as_of + dt.timedelta(1)
        drawn = tables["debt"].items()
        worth = random.Random(repr(sorted(self.sites.items())) + repr(self.to_buy) + "worth")
        for place in tables["sites"].values():
            for phase in place["phases"] if place["kind"] == "owned" else ():
                if phase["ready"] <= soon or "taken" in phase or own.random() < 0.5:
                    continue
                building: Tables = {
                    "usd_per_mw": own.choice((300_000, 1_234_567.89, 4_000_000)),
                    "months": own.choice((1, 3, 14)),
                    "life_years": own.choice((0.5, 3, 25)),
                    "tax_life_years": own.choice((1, 39)),
                }
                if own.random() < 0.3:
                    building["spent_usd"] = 100_000
                if worth.random() < 0.5:
                    building["cap_rate"] = worth.choice((0.04, 0.065, 0.2))
                if worth.random() < 0.3:
                    building["forced_sale_share"] = worth.choice((0, 0.6, 1))
                valued = "cap_rate" in building
                lenders = [name for name, debt in drawn if lends_on_buildings(debt, valued)]
                if lenders and own.random() < 0.6:
                    building["facility"] = own.choice(lenders)
                    if own.random() < 0.5:
                        building["loan_share"] = own.choice((0.25, 0.9))
                phase["building"] = building
        return tables

    def let_power(self, tables: Tables) -> Tables:
        """Sometimes a tenant or two, drawn apart: who has none is as he was before there were."""
        own = random.Random(repr(sorted(self.sites.items())) + repr(self.to_buy))
        for n in range(own.choice((0, 0, 1, 2))):
            site = own.choice(sorted(self.sites))
            kw = own.choice((120, 700.5, 1_600))
            start = self.as_of + dt.timedelta(own.randint(-25, 250))
            if start <= self.as_of and kw > self.room[site]:
                start = self.as_of + dt.timedelta(own.randint(1, 90))
            if start <= self.as_of:
                self.room[site] -= kw
            tranche: Tables = {"it_kw": kw, "start": start, "priority": own.randint(0, 1)}
            if own.random() < 0.4:
                tranche["long_stop_days"] = own.choice((20, 90))
            more = {"it_kw": 80, "start": self.as_of + dt.timedelta(own.randint(1, 200))}
            terms: Tables = {
                "customer": own.choice("xyz"),
                "kind": "colocation",
                "site": site,
                "term_months": own.choice((1, 5, 14, 36)),
                "payment_days": own.choice((0, 45)),
                "late_start": own.choice(("shifts", "keeps-end")),
                "power": own.choice(("included", "passed-through")),
                "price_usd_per_kw_month": own.choice((90, 143.37, 0)),
                "exit_notice_days": own.choice((0, 60)),
                "tranches": [tranche, *own.choice(([], [more]))],
                "signed": min(start, self.as_of) - dt.timedelta(own.randint(0, 90)),
            }
            terms |= self.rents(own, terms)
            tables = {**tables, "contracts": tables["contracts"] | {f"tenant{n}": terms}}
        return tables

    def rents(self, own: random.Random, terms: Tables) -> Tables:
        """Rents that change, rights to leave and to stay, credits and money ahead of a tenant."""
        months, more = terms["term_months"], {}
        if own.random() < 0.4:
            terms["signed"] = self.as_of + dt.timedelta(own.randint(0, 40))
            for tranche in terms["tranches"]:
                tranche["start"] = max(tranche["start"], terms["signed"])
        if own.random() < 0.4:
            more["price_escalator"] = own.choice((-0.2, 0.03))
        if own.random() < 0.4 and months > 1:
            first = {"after_months": 0, "share": own.choice((0, 0.4))}
            more["commitment"] = [first, {"after_months": 1, "share": 1}]
        if own.random() < 0.3 and months > 3:
            more["price_steps"] = [{"after_months": 3, "price_usd_per_kw_month": 160}]
        if own.random() < 0.4:
            renewed = {"chance": own.choice((1, 0.5)), "term_months": own.choice((1, 7))}
            more["renewal"] = renewed | {"price_share": 0.9, "times": own.choice((1, 2))}
        if own.random() < 0.4:
            more["late_credits"] = {"price_share": own.choice((0.5, 3)), "grace_days": 5}
        if own.random() < 0.3:
            money = {"share": own.choice((0.1, 1)), "days_before_start": own.choice((0, 20))}
            more["prepayment"] = money | {"credited_months": [1, own.choice((1, months))]}
        if terms["exit_notice_days"] and own.random() < 0.5:
            more["exit_on"] = self.as_of + dt.timedelta(own.randint(1, 300))
        return more


def by_share(tables: Tables) -> Tables:
    """Some of what is paid ahead is credited by a share of invoices, or runs on; drawn apart."""
    own = random.Random(repr(sorted(tables["contracts"].items())) + "credits")
    for contract in tables["contracts"].values():
        plan, there = contract.get("prepayment"), contract.get("opening")
        runs_on = own.random() < 0.4
        for one, last in ((plan, "credited_months"), (there, "credited_to")):
            if one is None:
                continue
            if runs_on:
                one["runs_on"] = True
            if own.random() < 0.4:
                one["credit_share"] = own.choice((0.05, 0.25, 1))
                if own.random() < 0.6:
                    one.pop(last, None)
    return tables


def by_course(tables: Tables) -> Tables:
    """Some generations are charged otherwise than straight line; drawn apart."""
    own = random.Random(repr(sorted(tables["gpus"].items())) + "course")
    for gpu in tables["gpus"].values():
        if gpu["book_life_years"] == 5 and own.random() < 0.4:
            gpu["depreciation"] = own.choice(
                (
                    {"method": "declining-balance"},
                    {"method": "declining-balance", "rate_per_year": own.choice((0.1, 0.9))},
                    {"method": "sum-of-years-digits"},
                    {"method": "by-year", "by_year": [0.6, 0.4, 0, 0, 0]},
                    {"method": "by-year", "by_year": [0.1, 0.15, 0.2, 0.25, 0.3]},
                )
            )
    return tables


def bought_ahead(tables: Tables) -> Tables:
    """Some sites buy power ahead, more than they draw or less; drawn apart."""
    own = random.Random(repr(sorted(tables["sites"].items())) + "ppa")
    as_of = tables["model"]["as_of"]
    for place in tables["sites"].values():
        terms: Tables = {
            "mw": own.choice((0.2, 0.6, 3)),
            "price_usd_per_kwh": own.choice((0.01, 0.09)),
            "from": as_of + dt.timedelta(own.randint(-500, 200)),
            "escalation_per_year": own.choice((0, 0.03)),
        }
        if own.random() < 0.5:
            terms["until"] = as_of + dt.timedelta(own.randint(201, 400))
        share = own.choice((0.5, 1))
        terms |= own.choice(({}, {"resale_usd_per_kwh": 0.3}, {"resale_tariff_share": share}))
        if own.random() < 0.3:
            place["ppa"] = terms
    return tables


def curtailed(tables: Tables) -> Tables:
    """Some sites shed load, paid or not, for a season or for good; drawn apart."""
    own = random.Random(repr(sorted(tables["sites"].items())) + "curtailment")
    as_of = tables["model"]["as_of"]
    for place in tables["sites"].values():
        terms: Tables = {
            "hours_per_year": own.choice((0, 50.5, 600)),
            "load_share": own.choice((0.3, 1)),
            "usd_per_mwh": own.choice((0, 900)),
            "usd_per_kw_year": own.choice((0, 80)),
        }
        terms |= own.choice(({}, {"months": [6, 7, 8, 9]}, {"months": [1, 12]}))
        terms |= own.choice(({}, {"from": as_of + dt.timedelta(own.randint(-90, 90))}))
        terms |= own.choice(({}, {"until": as_of + dt.timedelta(own.randint(91, 400))}))
        if own.random() < 0.3:
            place["curtailment"] = terms
    return tables


def indexed(tables: Tables) -> Tables:
    """Some prices follow the rental index, between a floor and a cap; drawn apart."""
    own = random.Random(repr(sorted(tables["contracts"].items())) + "price index")
    for contract in tables["contracts"].values():
        terms = [t.get("term_months", contract["term_months"]) for t in contract["tranches"]]
        level = "price_steps" not in contract and "price_escalator" not in contract
        can = level and "price_usd_per_gpu_hour" in contract
        index: Tables = {
            "every_months": own.choice((1, 1, 2, 3)),
            "share": own.choice((0, 0.5, 0.5, 1)),
            "floor_share": own.choice((0, 0.5, 0.9)),
        }
        if own.random() < 0.5:
            index["cap_share"] = own.choice((1, 1.3))
        if own.random() < 0.5:
            index["base_usd_per_gpu_hour"] = own.choice((0.5, 2))
        wanted = own.random() < 0.4 and index["every_months"] < max(terms)
        rented = tables["gpus"].get(contract.get("gpu"), {}).get("on_demand_usd_per_gpu_hour", 0)
        if can and wanted and rented > 0 and contract["late_start"] == "shifts":
            contract["price_index"] = index
    return tables


def trapped(tables: Tables) -> Tables:
    """Some lenders keep what quarters leave while cover is thin; drawn apart."""
    own = random.Random(repr(sorted(tables["debt"].items())) + "cash trap")
    steps, financed = tables["operator"]["waterfall"], set()
    for contract in tables["contracts"].values():
        financed.add(contract.get("facility"))
    if own.random() < 0.5:
        return tables
    steps.insert(own.randint(0, len(steps)), "trap")
    for name, debt in sorted(tables["debt"].items()):
        if debt["kind"] in ("revolver", "convertible") or own.random() < 0.3:
            continue
        apart = debt.get("recourse") is False or (name in financed and own.random() < 0.5)
        debt["cash_trap"] = {
            "min_dscr": own.choice((0, 0.3, 1.35, 100)),
            "release_quarters": own.choice((1, 1, 2)),
            "scope": "facility" if apart else "operator",
        }
        if own.random() < 0.5:
            debt["cash_trap"]["prepay_quarters"] = own.choice((1, 2))
    return tables


def rises(as_of: dt.date) -> list[Tables]:
    """Steps of a programme's margins, up and down again."""
    later = ((60, 0.02), (250, -0.01))
    return [{"date": as_of + dt.timedelta(days), "rise": rise} for days, rise in later]


def lends_on_buildings(debt: Tables, valued: bool = False) -> bool:
    """Whether a debt may pay for a building; valued: one that has a market value."""
    tests = debt.get("covenants", {})
    known = debt.get("recourse", True) and "size_ltv" not in debt
    drawn = debt["kind"] == "delayed-draw" and debt.get("commitment_usd", 0) > 0
    return bool(drawn and known and (valued or ("ltv" not in tests and "ltv_market" not in tests)))


@st.composite
def operators(draw: Any) -> Tables:
    """The tables of a random operator."""
    return Maker(draw).tables()


@st.composite
def plays(draw: Any) -> Play:
    """A random operator, lowered, and a world."""
    tables = draw(operators())
    seed = draw(st.integers(0, 1000))
    book = book_of(tables)
    return Play(tables, book, world_of(book, seed), seed)
