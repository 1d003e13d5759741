"""The integrator's bench: a base for fakes of a vendor, what a demo needs of one, and the conformance suite."""
