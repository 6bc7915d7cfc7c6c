"""The models that a fusion blends, one file each; the name of the file is the kind of the model."""
