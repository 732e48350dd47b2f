"""The orchestrator: takes jobs out of the ledger and makes documents searchable."""
