"""A law of amortisation with a parameter: a share of what is outstanding falls due each time.

What is put into three files, each edit as a text that stands there once and what takes its place.
"""

PLAN, STATE, ARITHMETIC = (
    "scenario/tables/lending/amortisation.py",
    "economics/core/state.py",
    "economics/debt/loan_arithmetic.py",
)
EDITS = (
    (
        PLAN,
        'law: Literal["level", "straight", "bullet", "sculpted"] = Field(',
        'law: Literal["level", "straight", "bullet", "sculpted", "declining"] = Field(',
    ),
    (
        PLAN,
        """    needs,
)
""",
        """    needs,
    plausible,
)
""",
    ),
    (
        PLAN,
        """    stub: Stub | None = Field(
        default=None,
        description="Where the term""",
        """    decline_share: Share | None = Field(
        json_schema_extra=plausible(0.005, 0.5, "a fiftieth to a half each time"),
        default=None,
        description="Declining: of what is outstanding beyond the balloon, due each time [share]",
    )
    stub: Stub | None = Field(
        default=None,
        description="Where the term""",
    ),
    (
        PLAN,
        """        if self.balloon_share == 1:
""",
        """        if self.law == "declining" and self.decline_share is None:
            yield needs("decline_share", "because the law is declining")
        if self.law != "declining" and self.decline_share is not None:
            yield Problem(
                ("decline_share",), f"a share of a {self.law} law", 'law = "declining", or none'
            )
        if self.balloon_share == 1:
""",
    ),
    (
        STATE,
        """LAWS = names(globals(), "LEVEL", "SCULPTED")
""",
        """DECLINING = const(4)
LAWS = names(globals(), "LEVEL", "DECLINING")
""",
    ),
    (
        STATE,
        """    dscr: float  # planned contract cash over service; law SCULPTED
""",
        """    dscr: float  # planned contract cash over service; law SCULPTED
    decline_share: float  # of what is outstanding beyond the balloon, due each time; DECLINING
""",
    ),
    (
        ARITHMETIC,
        """    ACT_365,
    EUROBOND_360,
""",
        """    ACT_365,
    DECLINING,
    EUROBOND_360,
""",
    ),
    (
        ARITHMETIC,
        """    elif terms.law == STRAIGHT:
        due = (principal - balloon) // instalments
""",
        """    elif terms.law == STRAIGHT:
        due = (principal - balloon) // instalments
    elif terms.law == DECLINING:
        due = share_of(principal - balloon, terms.decline_share)
""",
    ),
)
