"""The EV-retail market. Its files for given parameters must stay byte-equal between versions."""
