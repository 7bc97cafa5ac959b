"""Compiling ahead: what comes before what, and who compiles what."""

import os
import socket
import subprocess
import sys
import time

import pytest

from gpusim.experiments.common.compile_schedule import (
    LONGEST,
    Claims,
    called,
    in_order,
    name_of,
    rules,
)


@pytest.fixture(scope="module")
def found():
    return rules()


def test_all_rules_of_the_agenda_are_found(found):
    by_hand = (
        "sales.invoices.collect",
        "closing.month_end.close_month",
        "debt.service.foresight.foresee",
        "debt.loan_arithmetic.level_payment",
    )
    assert {f"gpusim.economics.{name}" for name in by_hand} <= set(found)
    assert {"gpusim.engines.batch.chunk.play_chunk", "gpusim.world.draws.draw_world"} <= set(found)


def test_a_rule_comes_after_what_it_calls(found):
    order = in_order(found)
    place = {name: n for n, name in enumerate(order)}
    assert len(order) > 250
    for name in order:
        for callee in found[name].calls:
            assert place.get(callee, -1) < place[name], (name, callee)


def test_a_field_of_the_same_name_is_no_call():
    from gpusim.economics.sales import customers

    names = set(map(name_of, called(customers.long_stop)))
    assert "gpusim.economics.sales.ends.end" not in names


def test_a_rule_is_compiled_by_one_process(tmp_path):
    mine, other = Claims(tmp_path), Claims(tmp_path)
    assert mine.take("rule")
    assert not other.take("rule")
    assert not other.is_done("rule")
    mine.done("rule")
    assert other.is_done("rule")


def test_a_dead_process_has_no_claims(tmp_path):
    gone = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"],
        capture_output=True,
        text=True,
        check=True,
    )
    (tmp_path / "rule").write_text(f"{gone.stdout.strip()}@{socket.gethostname()}")
    assert Claims(tmp_path).take("rule")
    assert (tmp_path / "rule").read_text() == f"{os.getpid()}@{socket.gethostname()}"


def test_a_claim_from_another_machine_holds_for_a_while(tmp_path):
    path = tmp_path / "rule"
    path.write_text("1@elsewhere")
    assert not Claims(tmp_path).take("rule")
    old = time.time() - LONGEST - 1
    os.utime(path, (old, old))
    assert Claims(tmp_path).take("rule")


@pytest.mark.parametrize(
    "text", [b"", b"@", b"\xff\xfe@x", b"one@", b"1" * 5000 + b"@", "²@".encode()]
)
def test_a_claim_that_is_not_legible_holds_for_a_while(tmp_path, text):
    path = tmp_path / "rule"
    path.write_bytes(text + socket.gethostname().encode() * text.endswith(b"@"))
    assert not Claims(tmp_path).take("rule")
    old = time.time() - LONGEST - 1
    os.utime(path, (old, old))
    assert Claims(tmp_path).take("rule")
