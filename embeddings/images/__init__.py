"""What pictures look like: perceptual hashes by default, vectors of a network that is given, key frames of videos."""
