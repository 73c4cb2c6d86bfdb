"""The real server, driven with the vendor's SDK."""
