"""Opens Packeta's answers, REST XML and SOAP alike, and turns its faults into CourierError."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from couriers.documents import as_text, load_xml
from couriers.errors import CourierError, ErrorKind

_KINDS: dict[str, ErrorKind] = {
    "incorrectapipasswordfault": "auth",
    "packetidfault": "not_found",
    "packetidsfault": "not_found",
    "shipmentnotfoundfault": "not_found",
    "externalgatewayfault": "server",
    "nopacketidsfault": "refused",
    "notsupportedfault": "refused",
    "dateoutofrangefault": "refused",
    "custombarcodenotallowedfault": "refused",
    "dispatchordernotallowedfault": "refused",
    "invalidcouriernumber": "refused",
    "sendernotexists": "refused",
    "unknownlabelformatfault": "refused",
    "packetattributesfault": "refused",
}
_FAULT_NAME = re.compile(r"[A-Za-z]+Fault")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_TEXT_AT_MOST = 200


def open_answer(body: bytes) -> etree._Element:
    """The element that holds a good answer's result, possibly empty.

    REST: ``response/result``. SOAP: ``Envelope/Body/*Response/*Result``, namespaces disregarded.
    Raises CourierError: a fault by its name (HTTP 200 or not), ``malformed`` for anything else.
    """
    root = _load(body)
    kind = name_of(root)
    if kind == "response":
        return _rest_result(root)
    if kind == "Envelope":
        return _soap_result(root)
    raise CourierError("malformed", "The answer is not one of Packeta's: it has neither a response nor a SOAP envelope.")


def name_of(node: etree._Element) -> str:
    """The element's name without its namespace."""
    return etree.QName(node).localname


def children(node: etree._Element) -> Iterator[etree._Element]:
    """The child elements, comments and processing instructions left out."""
    return (child for child in node if isinstance(child.tag, str))


def child_of(node: etree._Element, name: str) -> etree._Element | None:
    """The first child of this name in any namespace."""
    return next((child for child in children(node) if name_of(child) == name), None)


def fields_of(node: etree._Element) -> dict[str, str]:
    """The texts of a record by field name; empty and ``xsi:nil`` ones left out, the first of a doubled name kept."""
    found: dict[str, str] = {}
    for child in children(node):
        text = as_text(child.text)
        if text is not None:
            found.setdefault(name_of(child), text)
    return found


def _load(body: bytes) -> etree._Element:
    """The XML of a body; one that says UTF-8 and is not is read as Windows-1250."""
    try:
        return load_xml(body)
    except CourierError:
        try:
            body.decode()
        except UnicodeDecodeError:
            text = _DECLARATION.sub("", body.decode("cp1250", errors="replace"))
            if text.lstrip().startswith("<"):
                return load_xml(text.encode())
        raise


def _rest_result(root: etree._Element) -> etree._Element:
    stated = fields_of(root)
    status = stated.get("status", "ok").casefold()
    result = child_of(root, "result")
    if status != "ok" or "fault" in stated:
        raise _fault(stated.get("fault", ""), stated.get("string", ""), child_of(root, "detail"))
    if result is None:
        raise CourierError("malformed", "Packeta's answer holds no result.")
    return result


def _soap_result(root: etree._Element) -> etree._Element:
    envelope = child_of(root, "Body")
    answer = next(children(envelope), None) if envelope is not None else None
    if answer is None:
        raise CourierError("malformed", "Packeta's SOAP answer is empty.")
    if name_of(answer) == "Fault":
        raise _soap_fault(answer)
    inner = list(children(answer))
    if len(inner) == 1 and name_of(inner[0]).lower().endswith("result"):
        return inner[0]
    return answer


def _soap_fault(fault: etree._Element) -> CourierError:
    """SOAP 1.1 and 1.2 faults; Packeta's own name stands in the detail, the code or the text."""
    nodes = [node for node in fault.iter() if isinstance(node.tag, str)]
    said = {name_of(node): as_text(node.text) or "" for node in nodes}
    text = said.get("faultstring") or said.get("Text", "")
    code = said.get("faultcode") or said.get("Value", "")
    names = [name_of(node) for node in nodes[1:]] + code.split(":") + text.split()
    own = next((name for name in names if _FAULT_NAME.fullmatch(name)), "")
    if not own and code.rpartition(":")[2].casefold() in ("client", "sender"):
        return CourierError("refused", f"Packeta refused the request: {text[:_TEXT_AT_MOST] or 'it gave no reason'}")
    return _fault(own, text, None)


def _fault(name: str, text: str, detail: etree._Element | None) -> CourierError:
    kind = _KINDS.get(name.casefold(), "server")
    said = "; ".join(part for part in (text, _details(detail)) if part)[:_TEXT_AT_MOST]
    if kind == "auth":
        return CourierError(kind, "Packeta refused the API password; check the account's api_password.")
    return CourierError(kind, f"Packeta answered {name or 'a fault'}{': ' + said if said else '.'}")


def _details(detail: etree._Element | None) -> str:
    """What a PacketAttributesFault says of each attribute."""
    if detail is None:
        return ""
    each = [fields_of(node) for node in detail.iter() if isinstance(node.tag, str) and name_of(node) == "fault"]
    return "; ".join(f"{one['name']}: {one['fault']}" for one in each if "name" in one and "fault" in one)
