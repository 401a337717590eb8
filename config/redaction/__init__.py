"""Word lists of the detector of identifying text. Data only; `app.requests.redaction.lexicon` reads them."""
