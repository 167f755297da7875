"""What the provider's codes mean, in words for the agent whose text is concerned.

Sources: the provider's troubleshooting guide (codes of a submit), its delivery receipt guide (codes of a
receipt) and its list of errors of the Messages API.
"""

from __future__ import annotations

from typing import Final

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from core.errors import Text

_NO_CREDIT: Final = _("The provider account has no credit left.")
_INVALID_NUMBER: Final = _("The provider does not accept this phone number.")
_BARRED: Final = _("This phone number is barred and cannot receive texts.")
_OPTED_OUT: Final = _("The customer has opted out at the provider and cannot be texted.")
_ACCOUNT_BARRED: Final = _("The provider has barred the account from sending.")
_CREDENTIALS: Final = _("The provider did not accept the account's credentials.")
_SENDER: Final = _("The provider does not allow this sender number or name for this destination.")
_SIGNATURE: Final = _("The provider did not accept the signature of the request.")
_TOO_LONG: Final = _("The text is too long for the provider.")
_THROTTLED: Final = _("The provider asks to send more slowly; the text will be tried again.")
_PROVIDER_ERROR: Final = _("The provider had an internal error; the text may or may not have been sent.")
_INVALID_FIELD: Final = _("The provider found a missing or invalid value in the request.")
_NOT_ENABLED: Final = _("The provider account is not enabled for this kind of sending.")
_NOT_LISTED: Final = _("A trial account may only text the numbers that are registered with the provider.")
_ABSENT: Final = _("The phone was switched off or out of reach.")
_GONE: Final = _("The phone number is no longer in service.")
_PORTED: Final = _("The number was moved to another operator and could not be reached.")
_SPAM: Final = _("The operator took the text for spam and blocked it.")
_BUSY: Final = _("The phone was busy and did not take the text.")
_NETWORK: Final = _("The mobile network had an error.")
_CONTENT: Final = _("The operator did not accept the content of the text.")
_UNROUTABLE: Final = _("The provider has no route to this phone number.")
_UNREACHABLE: Final = _("This destination cannot be reached.")
_AGE: Final = _("The operator blocked the text because of an age restriction.")
_BLOCKED: Final = _("The operator has blocked this phone number.")
_PREPAID: Final = _("The customer's prepaid card has no credit to receive the text.")
_REGULATION: Final = _("The text was blocked because the sender is not registered as local rules demand.")
_UNKNOWN: Final = _("The operator gave no reason.")
_EXPIRED: Final = _("The phone could not be reached before the text expired.")

_WORDS: Final[dict[str, Text]] = {
    "send.1": _THROTTLED,
    "send.2": _INVALID_FIELD,
    "send.3": _INVALID_FIELD,
    "send.4": _CREDENTIALS,
    "send.5": _PROVIDER_ERROR,
    "send.6": _INVALID_NUMBER,
    "send.7": _BARRED,
    "send.8": _ACCOUNT_BARRED,
    "send.9": _NO_CREDIT,
    "send.10": _THROTTLED,
    "send.11": _NOT_ENABLED,
    "send.12": _TOO_LONG,
    "send.13": _PROVIDER_ERROR,
    "send.14": _SIGNATURE,
    "send.15": _SENDER,
    "send.16": _INVALID_FIELD,
    "send.19": _NOT_ENABLED,
    "send.20": _INVALID_FIELD,
    "send.22": _INVALID_FIELD,
    "send.23": _("The provider did not accept the address for delivery receipts."),
    "send.29": _NOT_LISTED,
    "send.32": _SIGNATURE,
    "send.33": _GONE,
    "send.34": _INVALID_NUMBER,
    "send.101": _NOT_ENABLED,
    "send.102": _OPTED_OUT,
    "send.103": _NOT_ENABLED,
    "http.401": _CREDENTIALS,
    "http.402": _NO_CREDIT,
    "http.403": _ACCOUNT_BARRED,
    "http.429": _THROTTLED,
    "http.5xx": _PROVIDER_ERROR,
    "not_reached": _("The provider could not be reached; the text will be tried again."),
    "no_answer": _("The provider did not answer; the text may or may not have been sent."),
    "strange_answer": _("The provider's answer was not understood; the text may or may not have been sent."),
    "partial": _("Only a part of this text was sent; the provider refused the rest."),
    "part_count": _("The provider's answer leaves open whether all of this text was sent."),
    "no_credentials": _("The registration has no credentials to send with."),
    "receipt.1": _UNKNOWN,
    "receipt.2": _ABSENT,
    "receipt.3": _GONE,
    "receipt.4": _BARRED,
    "receipt.5": _PORTED,
    "receipt.6": _SPAM,
    "receipt.7": _BUSY,
    "receipt.8": _NETWORK,
    "receipt.9": _OPTED_OUT,
    "receipt.10": _CONTENT,
    "receipt.11": _UNROUTABLE,
    "receipt.12": _UNREACHABLE,
    "receipt.13": _AGE,
    "receipt.14": _BLOCKED,
    "receipt.15": _PREPAID,
    "receipt.16": _("The provider's quota towards this operator is used up."),
    "receipt.50": _REGULATION,
    "receipt.51": _REGULATION,
    "receipt.52": _REGULATION,
    "receipt.53": _REGULATION,
    "receipt.54": _REGULATION,
    "receipt.99": _NETWORK,
    "receipt.expired": _EXPIRED,
    "receipt.failed": _UNKNOWN,
    "receipt.rejected": _("The provider or the operator rejected the text."),
    "receipt.undeliverable": _("The text could not be delivered."),
    "messages.1000": _THROTTLED,
    "messages.1010": _INVALID_FIELD,
    "messages.1020": _INVALID_FIELD,
    "messages.1030": _PROVIDER_ERROR,
    "messages.1040": _INVALID_NUMBER,
    "messages.1050": _BARRED,
    "messages.1060": _ACCOUNT_BARRED,
    "messages.1070": _NO_CREDIT,
    "messages.1080": _NOT_ENABLED,
    "messages.1090": _TOO_LONG,
    "messages.1100": _PROVIDER_ERROR,
    "messages.1110": _SIGNATURE,
    "messages.1120": _SENDER,
    "messages.1130": _INVALID_FIELD,
    "messages.1140": _NOT_ENABLED,
    "messages.1150": _INVALID_FIELD,
    "messages.1160": _NOT_LISTED,
    "messages.1170": _INVALID_NUMBER,
    "messages.1180": _ABSENT,
    "messages.1190": _GONE,
    "messages.1200": _PORTED,
    "messages.1210": _SPAM,
    "messages.1220": _BUSY,
    "messages.1230": _NETWORK,
    "messages.1240": _OPTED_OUT,
    "messages.1241": _THROTTLED,
    "messages.1250": _UNROUTABLE,
    "messages.1260": _UNREACHABLE,
    "messages.1270": _AGE,
    "messages.1280": _BLOCKED,
    "messages.1290": _PREPAID,
    "messages.1330": _UNKNOWN,
    "messages.1360": _EXPIRED,
}

PASSING: Final = frozenset(
    {"send.1", "send.10", "http.429", "messages.1000", "messages.1241"}
    | {"receipt.1", "receipt.2", "receipt.7", "receipt.8", "receipt.15", "receipt.16", "receipt.99"}
    | {"receipt.expired", "messages.1180", "messages.1220", "messages.1230", "messages.1290", "messages.1360"}
)
"""Of the codes of failures those whose reason passes: a phone that was off or busy, a network in trouble."""

_UNLISTED: Final = {
    "send": _("The provider refused the text (code {code})."),
    "http": _("The provider refused the request (HTTP {code})."),
    "receipt": _("The operator reported an error (code {code})."),
    "messages": _("The provider reported an error (code {code})."),
}


def explain(reason_code: str) -> Text:
    """A reason code in words: `send.6`, `http.402`, `receipt.9`, `messages.1240`, or one of our own words.

    A code that is not listed is named in the sentence, so that it can be looked up.
    """
    if not reason_code:
        return ""
    if reason_code in _WORDS:
        return _WORDS[reason_code]
    source, _dot, code = reason_code.partition(".")
    if source in _UNLISTED and code:
        return format_lazy(_UNLISTED[source], code=code)
    return _UNKNOWN


_COMPARE_KEYS: Final = _(
    "Compare the API key and the API secret with those on the home page of the Vonage dashboard. "
    "A secret is shown there only once: if in doubt, make a new one and enter it here."
)
_COMPARE_SIGNATURE: Final = _(
    "Compare the signature secret and the signature method with those in the API settings of the "
    "Vonage dashboard."
)

_ADVICE: Final[dict[str, Text]] = {
    "send.4": _COMPARE_KEYS,
    "http.401": _COMPARE_KEYS,
    "no_credentials": _COMPARE_KEYS,
    "send.14": _COMPARE_SIGNATURE,
    "send.32": _COMPARE_SIGNATURE,
    "send.9": _("Top up the account in the Vonage dashboard, under Billing."),
    "http.402": _("Top up the account in the Vonage dashboard, under Billing."),
    "send.15": _(
        "Check the transport code: it must be a number of this account, or a sender name that the "
        "destination allows."
    ),
    "send.29": _(
        "Add the number to the test numbers of the trial account in the Vonage dashboard, "
        "or top up the account."
    ),
    "not_reached": _(
        "Check that this server may open connections to the internet, and the address in VONAGE_REST_URL "
        "if it is set."
    ),
    "no_answer": _("Try again in a minute."),
}


def advise(reason_code: str) -> Text:
    """What an administrator can do about a refusal; empty for a code without advice."""
    return _ADVICE.get(reason_code, "")


SETUP_ADVICE: Final[tuple[Text, ...]] = (
    _("In the Vonage dashboard open API settings, section SMS settings, and choose SMS API."),
    _(
        "Enter the first address as the webhook for inbound SMS, "
        "the second as the webhook for delivery receipts."
    ),
    _("As the format choose POST-JSON. The other formats are understood too."),
    _(
        "If one account has several numbers here, enter the first address at each number instead, "
        "under Your numbers."
    ),
)
