"""HTTP in: events are read, checked and kept, and acknowledged only once the store has them."""
