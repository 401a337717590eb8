"""What every room stands on and no domain word is spoken in: database, clock, errors, events, money, crypto, audit."""
