"""Something that a person must do by a time: who, what, by when, done when and with what evidence."""
