"""Trust: who may be used for what, and which attributes stay out of sight."""
