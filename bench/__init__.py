"""The benchmark tables: our commands beside bare PostgreSQL and the usual comparers, in one run."""
