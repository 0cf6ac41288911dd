"""Looking into a network: what it is made of, what goes through it, and where the time goes."""
