"""Who may come in and for whom they act: organisations, people, memberships, permissions, sign-in."""
