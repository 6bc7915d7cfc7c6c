"""The stages of generating a market: catalogue, people, ties, own events, caused events, campaigns, referrals."""
