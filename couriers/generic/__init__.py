"""Any courier's CSV or XLSX, read by a map of its columns; files only."""
