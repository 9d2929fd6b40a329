"""Web archives: where one keeps what a portal once answered, and how it says what it has."""
