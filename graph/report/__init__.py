"""Renders a report: plain values (``ReportContent``) to one self-contained HTML page.

Reads no store, file or clock, so equal content gives equal text.
"""
