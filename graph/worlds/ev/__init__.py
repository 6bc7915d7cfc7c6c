"""The EV-retail market; its bytes for given parameters are frozen."""
