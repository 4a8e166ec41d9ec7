"""Random walks, and vectors learnt from them."""
