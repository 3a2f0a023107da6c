"""The settings of `transfer_to_human`, of recordings and of what a call may cost, that depend on others."""

from bot.settings.checks import Check
from bot.settings.transfer_settings import NO_ACCESS

NOBODY = "has nobody to hand the person over to: give --transfer-to, --transfer-webhook, or both."

KEYS = ("url", "livekit_api_key", "livekit_api_secret")


def check_transfer(check: Check, *, joins: bool) -> None:
    """Note a secret that signs nothing, a transfer to nobody, and an address for calls without access to the server."""
    if "transfer_secret" in check.found and "transfer_webhook" not in check.found:
        check.fault("transfer_secret", "signs what is posted to --transfer-webhook: give that, too.")
    if check.checked.get("on_failure") == "transfer" and not {"transfer_to", "transfer_webhook"} & check.found.keys():
        check.fault("on_failure", NOBODY)
    if joins and "transfer_to" in check.found and any(name not in check.found for name in KEYS):
        check.faults.append(NO_ACCESS.format(source=check.sources["transfer_to"]))


def check_recording(check: Check) -> None:
    """Note words about a recording that nobody makes."""
    if "record_consent" in check.found and "record" not in check.found:
        check.fault("record_consent", "is said before a recording: give --record DIR, too.")


def check_cost(check: Check) -> None:
    """Note a limit of what a call may cost where nothing is known to cost anything."""
    if check.checked.get("max_call_cost") and "prices" not in check.found:
        check.fault("max_call_cost", "is reckoned by a price list: give --prices FILE, too.")
