"""Configured objects as tables: CSV and XLSX files, in and out."""
