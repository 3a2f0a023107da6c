"""Simulators of the providers: their real wire protocols on loopback, with faults to order."""
