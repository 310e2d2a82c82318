"""FAN Courier, Romania: API v2 and the legacy selfAWB answers."""
