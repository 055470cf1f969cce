"""A pool that changes: prices, quality, newcomers; beside ParetoBandit on the same streams."""
