"""A shop's outside world. `fail_at` names the step that goes wrong; undoing what never happened does nothing."""

from __future__ import annotations


class OutOfOrder(Exception):
    """What the world says no to."""


def warehouse(action: str, order: str, fail_at: str = "none", shelf: str | None = None) -> dict[str, str]:
    """Puts the goods of an order aside, or back."""
    if action == "release":
        return {"released": shelf or "nothing"}
    _fail(action, fail_at, "the goods are gone")
    return {"shelf": f"shelf-{order}"}


def bank(
    action: str, order: str, amount: float = 0, fail_at: str = "none", payment: str | None = None
) -> dict[str, str]:
    """Takes the money for an order, or gives it back."""
    if action == "refund":
        return {"refunded": payment or "nothing"}
    _fail(action, fail_at, f"the card does not cover {amount:g}")
    return {"payment": f"payment-{order}"}


def courier(action: str, order: str, fail_at: str = "none", booking: str | None = None) -> dict[str, str]:
    """Books a courier for an order, or calls it off."""
    if action == "call_off":
        return {"called_off": booking or "nothing"}
    _fail(action, fail_at, "no courier comes here")
    return {"booking": f"booking-{order}"}


def post(order: str, fail_at: str = "none") -> dict[str, str]:
    """Tells the customer that the order is on its way."""
    _fail("announce", fail_at, "the address is unknown")
    return {"told": order}


def _fail(step: str, fail_at: str, why: str) -> None:
    if step == fail_at:
        raise OutOfOrder(why)
