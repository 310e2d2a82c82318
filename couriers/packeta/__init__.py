"""Packeta / Zásilkovna (Czechia and its neighbours): tracking over REST XML or SOAP, COD from invoice CSVs."""
