"""Meetings and their cycle: dates, agenda and minutes due (F-48). One engine for funding panels and early help."""
