"""Trust: consent, do-not-contact lists and hidden sensitive columns.

``PeopleMask`` decides who may be used for which purpose.
"""
