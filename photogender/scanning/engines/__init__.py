"""Engines: what examines the photos of a scan, on threads of this process or by workers on many machines."""
