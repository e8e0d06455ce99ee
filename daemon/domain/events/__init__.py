"""Events: what a producer submits, the payload, the catalogue of types, samples."""
