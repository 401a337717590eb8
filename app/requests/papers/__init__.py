"""What goes with a request as files: what people attach, and the form and the pack that are made from the answers."""
