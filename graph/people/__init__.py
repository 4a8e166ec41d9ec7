"""What a data folder holds of one person: given out, taken away, and kept from coming back."""
