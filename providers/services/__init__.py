"""What a confirmed registration can offer: whom it takes, the needs it meets, its places, and where it is."""
