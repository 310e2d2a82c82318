"""FAN Courier's parser: bytes in, facts and complaints out; each method tells its shapes apart."""

from __future__ import annotations

from typing import BinaryIO

from couriers.contract import ManifestReading
from couriers.facts import Parcels
from couriers.fan.manifests import read_manifest
from couriers.fan.slips import read_parcels
from couriers.fan.tracking import read_tracking


class FanParser:
    """Pure: no I/O, no clock. Raises CourierError only where the document itself cannot be used."""

    def tracking(self, body: bytes, awb: str | None = None) -> Parcels:
        """v2 tracking, or selfAWB display modes 1, 3, 5, 6 and list standard 4."""
        return read_tracking(body, awb)

    def parcels(self, body: bytes, awb: str | None = None) -> Parcels:
        """The v2 shipping slip or the legacy borderou CSV."""
        return read_parcels(body, awb)

    def manifest(self, source: BinaryIO) -> ManifestReading:
        """The v2 bank-transfers report or the legacy viramente CSV, also as XLSX."""
        return read_manifest(source)
