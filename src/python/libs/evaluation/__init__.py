"""Judged queries, and how well a search answers them, asked through the real API.

A judged set is a folder in the layout of BEIR (Thakur et al., NeurIPS 2021): ``corpus.jsonl`` with
documents, ``queries.jsonl``, and ``qrels.tsv`` that says which document answers which query.
"""
