"""PILOT's claims on our data: in the paper's settings, at our best, and with what verdict."""
