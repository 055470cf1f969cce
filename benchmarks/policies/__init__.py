"""What the budget policies make of the same estimates."""
