"""InPost in Poland: ShipX, its COD report, and the tracking answers of the Global API."""
